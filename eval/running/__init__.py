"""Runs suites over systems and scores the results."""
