"""How a portfolio has done, from what its runs recorded, its fills and its flows."""
