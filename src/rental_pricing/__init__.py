"""Weekly, reproducible price estimates for short-term rentals."""

__version__ = "0.1.0"
