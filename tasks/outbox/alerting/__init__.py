"""Alerts told, answered and escalated."""
