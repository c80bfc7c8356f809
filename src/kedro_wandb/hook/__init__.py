"""In Kedro's process: its events, and the plan of what a run is going to do."""
