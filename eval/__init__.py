"""Suites of questions, what is measured on them, reports and gates."""
