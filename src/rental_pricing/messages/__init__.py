"""What went wrong, told to the person who typed the command: a few lines, with a remedy."""
