"""Alerts: each one thing with one life, and what people do with it."""
