"""What is fitted on labelled data, and the data."""
