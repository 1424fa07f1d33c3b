"""Formats, one file each: a document in, its letters out. Pure, and none decides what is said."""
