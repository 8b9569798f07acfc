"""The front door: configuration, wiring (the only place that knows every room), command line, messages.

Importing this package imports nothing else. Read first: `config.py`, `wiring.py`, `cli/__init__.py`.
"""

__version__ = "0.1.0"
