"""A loopback server that speaks W&B's protocol to the unmodified SDK."""
