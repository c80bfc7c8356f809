"""May this candidate take the champion's place: rules that people can read."""
