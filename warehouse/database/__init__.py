"""A database as its visitors see it: named queries, its schema, and what an engine says of its file."""
