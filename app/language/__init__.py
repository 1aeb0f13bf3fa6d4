"""English as rules and data, judging nothing."""
