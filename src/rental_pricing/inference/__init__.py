"""From a file of any size to prices, in pieces."""
