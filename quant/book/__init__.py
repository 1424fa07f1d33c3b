"""A portfolio as it stands: positions, weights, drift, price steps."""
