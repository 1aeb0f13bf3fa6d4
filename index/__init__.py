"""Passages -> Qdrant; question -> ranked passages."""
