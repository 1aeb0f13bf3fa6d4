"""Finds the speaker of each line of a transcript."""
