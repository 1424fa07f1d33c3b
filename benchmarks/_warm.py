"""What the fork server of the kill loop has imported before it forks.

DuckDB opens a connection when it is imported; its threads are not in a fork, whose end would wait for them.
"""

import duckdb

from benchmarks import _stress  # noqa: F401 - imported to be there

duckdb.default_connection().close()
