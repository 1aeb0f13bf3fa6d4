"""Provides metrics, the log of answers, and traces."""
