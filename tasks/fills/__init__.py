"""Fills: matched with what was recommended, booked, cancelled."""
