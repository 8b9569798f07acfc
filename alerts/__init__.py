"""Whom to tell: the topic language, matching, intake, delivery channels.

May import `storage` and `corpus`; never `crawler`. Read first: `matching.py`, then `intake.py` and `dispatcher.py`.
"""
