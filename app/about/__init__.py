"""Questions about the archive itself, and small talk."""
