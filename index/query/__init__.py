"""Interprets a question's words: names of guests, and synonyms."""
