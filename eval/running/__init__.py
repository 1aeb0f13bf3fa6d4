"""Suites, systems and runs."""
