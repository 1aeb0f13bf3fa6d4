"""Makes statements for fitting: true ones, and the same made false by small changes."""
