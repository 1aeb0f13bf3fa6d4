"""Finds what is wrong in suites of questions: `citecast eval lint`."""
