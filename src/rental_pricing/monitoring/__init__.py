"""Is what is in production still right for what is delivered."""
