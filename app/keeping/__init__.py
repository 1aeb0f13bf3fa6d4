"""Keeps what visitors ask to be kept: shared answers and feedback, in one SQLite file."""
