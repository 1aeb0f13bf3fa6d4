"""Verifies a statement: one statement -> one verdict."""
