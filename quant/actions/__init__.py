"""Splits and distributions: whether the prices agree with what was announced."""
