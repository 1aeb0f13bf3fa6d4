"""Writes a wiki's page on a topic, of guests' words or of sentences that are checked against them."""
