"""Fits weights on labelled data."""
