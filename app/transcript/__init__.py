"""Serves an episode's transcript as a page of its own, to be read from a cited second on."""
