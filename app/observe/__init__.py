"""Metrics, the log of answers, traces."""
