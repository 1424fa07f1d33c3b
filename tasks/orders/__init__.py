"""What runs have recommended and what became of it: states, lots sold at a loss, newer runs."""
