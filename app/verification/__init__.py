"""One statement -> one verdict."""
