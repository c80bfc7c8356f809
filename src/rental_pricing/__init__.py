"""Weekly, reproducible price estimates for short-term rentals."""

__version__ = "0.1.0"

PROGRAM = "rental-pricing"
"""The command outside of the repository, where there is no ``kedro``."""
