"""Fetching: one polite request after the other, through the gate, with a classified response."""
