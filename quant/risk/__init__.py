"""What a portfolio may lose: measures by backcast, contributions, stress, exposure."""
