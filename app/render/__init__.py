"""Renders answers and verdicts as text for people."""
