"""Passages -> vectors and a stored generation."""
