"""One submission marked, from its bytes to a result."""
