"""Measures answers on suites of questions, compares runs, and reports them."""
