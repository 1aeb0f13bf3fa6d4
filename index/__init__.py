"""Indexes passages in Qdrant and ranks them for questions."""
