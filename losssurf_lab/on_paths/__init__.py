"""What the polychain and the Bezier curve share: both are paths through the weights of a network."""
