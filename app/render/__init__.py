"""Answers and verdicts as text for people."""
