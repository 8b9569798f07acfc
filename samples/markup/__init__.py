"""Pages of the sample press, one module for each family of CMS. Read first: `family.py`, then `zce.py`."""
