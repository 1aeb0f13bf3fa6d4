"""Selects excerpts that may be quoted from ranked passages."""
