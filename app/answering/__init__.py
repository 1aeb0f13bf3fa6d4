"""One question -> one answer."""
