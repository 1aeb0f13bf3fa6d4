"""Reorders the first passages of a ranking with a model."""
