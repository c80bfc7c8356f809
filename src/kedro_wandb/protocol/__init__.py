"""What Kedro's process and its tracker say to each other."""
