"""Messages other than a day's digest, and what a message is."""
