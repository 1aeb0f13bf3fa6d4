"""Opens an archive: a folder, a Git repository, or the sample."""
