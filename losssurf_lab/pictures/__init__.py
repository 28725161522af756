"""Pictures of loss surfaces: flat ones, one to turn in one's hand, and ones with a slider."""
