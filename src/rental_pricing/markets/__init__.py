"""Many markets side by side: which there are, that they are apart, and a process for each."""
