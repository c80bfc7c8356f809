"""The weekly job: from a delivery to prices of the current stock, in one command."""
