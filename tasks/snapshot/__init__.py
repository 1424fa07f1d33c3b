"""What a run may look at, and what it computes with: prices, gaps, fits, costs, triggers, alerts."""
