"""Reads English by rules and word lists. Nothing here judges."""
