"""Writes answers with a language model, as checked sentences."""
