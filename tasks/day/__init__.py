"""The steps of a day, from fetch to the risk checks."""
