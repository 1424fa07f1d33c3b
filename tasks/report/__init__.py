"""A run as its report: the model, how it is put together, and its words."""
