"""What happened, in order, and the proof that nothing of it was changed."""
