"""From the local store to W&B's server."""
