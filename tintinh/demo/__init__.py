"""The demo: the very same daemon as in production, against the sample press on loopback, with a local mailbox."""
