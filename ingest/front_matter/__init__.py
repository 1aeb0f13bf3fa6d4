"""Reads an episode's file: YAML as text, checked key by key."""
