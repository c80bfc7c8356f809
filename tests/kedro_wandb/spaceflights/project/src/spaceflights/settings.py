"""Project settings: all are Kedro's defaults."""
