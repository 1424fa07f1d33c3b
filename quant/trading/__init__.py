"""What a trade is made of: size, limit price, costs, tax lots."""
