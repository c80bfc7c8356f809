"""What works on many pieces: the same functions in this process, or on a cluster."""
