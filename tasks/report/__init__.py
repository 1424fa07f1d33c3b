"""A run as its report: the model, how it is put together, what is said of it, and in which formats."""
