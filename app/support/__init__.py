"""Judges whether quotes say what a sentence says."""
