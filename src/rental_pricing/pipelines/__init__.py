"""The modular pipelines: each is wired to the others by catalog datasets alone."""
