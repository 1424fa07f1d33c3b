"""What a broker exports, read as a first portfolio: its columns are found by what they mean."""
