"""Whether a text says what a sentence says."""
