"""Builds the index: passages -> vectors and a stored generation."""
