"""One class for each table: its fields are the columns, compared with the schema by a test."""
