"""The service that estimates prices on request, and its page."""
