"""Judges, for a question and each of the first passages, how probably a guest answers it there."""
