"""A promotion that was decided is seen to have been made, or the run fails."""
