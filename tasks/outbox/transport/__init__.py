"""Bringing one notice to its channel: claim, place, attempts."""
