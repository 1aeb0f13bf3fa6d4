"""Reads the formats of archives, one module each behind the interface of `ingest.formats.base`."""
