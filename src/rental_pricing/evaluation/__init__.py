"""Evaluation: which listings judge a model, and how good it is on them."""
