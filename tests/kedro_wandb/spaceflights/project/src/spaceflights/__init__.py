"""A Kedro project of the usual shape, which knows nothing of tracking."""

__version__ = "0.1"
