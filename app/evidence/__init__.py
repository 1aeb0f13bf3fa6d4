"""Ranked passages -> excerpts that may be quoted."""
