"""The warehouse in a DuckLake: its catalog in PostgreSQL, its rows in Parquet files."""
