"""What `make fit` wrote, and the code that reads it: the embedder's adapter, and weights of regressions."""
