"""Prices and what is made of them: panels, adjusted closes, returns, gaps, rates."""
