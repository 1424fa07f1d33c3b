"""Sentences of the digest."""
