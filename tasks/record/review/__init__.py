"""A year reviewed: what was recommended, decided and done, and how well the controls worked."""
