"""Fits the check of a wiki's pages."""
