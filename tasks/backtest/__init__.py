"""What a policy would have done: the decisions of a run over history, and what became of them."""
