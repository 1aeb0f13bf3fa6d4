"""Reads archive files as episodes and cuts these into passages."""
