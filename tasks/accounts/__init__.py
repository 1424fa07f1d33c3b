"""Many accounts of one portfolio in one pass."""
