"""Where versions are kept: on W&B's server, or locally with the same meaning."""
