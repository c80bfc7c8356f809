"""One folder for each modular pipeline."""
