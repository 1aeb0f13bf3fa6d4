"""Stores that rank passages: embedded Qdrant (`edge`) and a Qdrant server (`server`)."""
