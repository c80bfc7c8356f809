"""Catalog datasets of the project: weekly drops, optional JSON, the inference package."""
