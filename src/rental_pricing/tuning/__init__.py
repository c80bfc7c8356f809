"""Which parameters estimate best, and which are good enough and simpler."""
