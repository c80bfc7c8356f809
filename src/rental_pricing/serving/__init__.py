"""The service that estimates prices on request: what it answers, and what it stands on."""
