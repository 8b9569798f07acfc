"""The topic language: `parse` makes a `Query` of what a person typed. See docs/query-language.md.

Read first: `nodes.py`, then `parser.py`.
"""

from alerts.query.nodes import Query
from alerts.query.parser import parse

__all__ = ["Query", "parse"]
