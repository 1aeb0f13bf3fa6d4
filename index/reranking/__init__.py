"""Models that reorder the first passages."""
