"""The process beside Kedro's: what it is told becomes versions and steps in a store."""
