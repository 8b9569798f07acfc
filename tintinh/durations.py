"""Spans of time as people write them in the configuration: `8s`, `15m`, `1h`, `7d`."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_FORM = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")


def parse_duration(text: str) -> timedelta:
    """Read one number with its unit.

    Raises:
        ValueError: another form, or zero.
    """
    found = _FORM.fullmatch(text.strip())
    if found is None or float(found[1]) == 0:
        raise ValueError(f"{text!r} is no span of time; write for example 30s, 15m, 1h or 7d")
    return timedelta(**{_UNITS[found[2]]: float(found[1])})
