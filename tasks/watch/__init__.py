"""The crash watch of one exchange's session: whose symbols, what is known of them, minute after minute."""
