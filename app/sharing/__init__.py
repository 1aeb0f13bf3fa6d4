"""Serves shared answers under their own addresses, as pages and as JSON, and takes feedback."""
