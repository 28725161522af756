"""A submission rebuilt from our own release: which of its cells are answers, and what they use of the others."""
