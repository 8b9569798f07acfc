"""A small fictional press to run against without internet: articles, markup, feeds, a newsroom that publishes.

Imports no other room: it knows only HTTP.
"""
