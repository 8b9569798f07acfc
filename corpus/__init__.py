"""What an article is: the record, its text keys, its address and identity. Pure: no input or output here.

Every other room may import this one; it imports none of them. Read first: `record.py`.
"""
