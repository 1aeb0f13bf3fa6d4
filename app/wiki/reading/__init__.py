"""Reads pages of a wiki: front matter, sections, sentences and chips. Nothing here knows the archive."""
