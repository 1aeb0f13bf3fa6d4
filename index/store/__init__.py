"""Stores and ranks passages: in embedded Qdrant (`edge`) or on a Qdrant server (`server`)."""
