"""A model's text -> checked sentences; or quotes."""
