"""Serves the JSON API."""
