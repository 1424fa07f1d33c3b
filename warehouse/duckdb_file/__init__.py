"""The warehouse in one DuckDB file: its lock and log, copies for readers, backups and their return."""
