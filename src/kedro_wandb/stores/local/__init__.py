"""Versions and steps in a folder, without an account or a network."""
