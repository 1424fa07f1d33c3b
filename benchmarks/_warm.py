"""What the fork server of the kill loop has imported before it forks.

DuckDB opens a connection when it is imported; its threads are not in a fork, whose end would wait for them.
"""

import duckdb

import expectations.run  # noqa: F401 - what the suites need
from benchmarks import _stress  # noqa: F401 - the victims

duckdb.default_connection().close()
