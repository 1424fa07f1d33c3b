"""Notices on their way to people, each once."""
