"""Answers questions about the archive itself, and small talk."""
