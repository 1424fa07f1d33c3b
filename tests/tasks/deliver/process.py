"""A process of its own that delivers one notice, for tests that run two at once or kill one.

`python -m tests.tasks.deliver.process HOME SLACK_URL` prints the state that the notice ends in.
"""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from tasks.notifiers import Channel
from tasks.outbox.prepare import prepare
from tasks.outbox.transport.attempts import Clock
from tasks.outbox.transport.deliver import deliver
from tests.standins.slack import TOKEN
from tests.tasks.notifiers.reports import eventful
from warehouse.duckdb_file.backend import DuckDBFile

WALL = Clock(now=lambda: datetime.now(UTC), sleep=time.sleep)

if __name__ == "__main__":
    channel = Channel("slack", "#portfolio-core", Path(sys.argv[1]), sys.argv[2], SecretStr(TOKEN))
    print(deliver(DuckDBFile(channel.home), prepare(eventful(), "digest", channel), channel, WALL).state)
