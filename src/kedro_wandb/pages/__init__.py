"""What was tracked, as a page that needs neither a server nor an account."""
