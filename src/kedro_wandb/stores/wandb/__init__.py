"""Versions and steps on W&B's server, and as its offline runs; here alone is its SDK used."""
