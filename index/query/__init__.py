"""What a question's words mean to the archive."""
