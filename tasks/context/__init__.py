"""What every task is handed or uses: where and when it works, words, bounds, which run is meant."""
