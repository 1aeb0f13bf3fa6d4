"""Where an archive comes from: a folder, a Git repository, the sample."""
