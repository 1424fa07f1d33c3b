"""What results are worth when many were tried: Sharpe ratios deflated, overfitting, tests of all at once."""
