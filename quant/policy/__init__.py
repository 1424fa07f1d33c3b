"""A portfolio's policy, and the definitions that a run computes with."""
