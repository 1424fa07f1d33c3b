"""What happens between two decisions of a backtest: holdings that stand still, and orders that are filled."""
