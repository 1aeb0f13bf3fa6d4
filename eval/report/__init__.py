"""Reports a run as one HTML page or as Markdown."""
