"""Serves the chat for other sites: a script with one custom element, a page for frames, and a demonstration."""
