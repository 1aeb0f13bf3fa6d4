"""The product: questions in, cited answers out; command line, API, chat."""
