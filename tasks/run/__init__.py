"""How a run is asked for, opened, closed, refused and listed."""
