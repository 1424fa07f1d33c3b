"""A watch in a process of its own, whose clock runs faster and stands still while no process lives.

    python -m tests.tasks.watch.watch_process HOME PORTFOLIO SOURCE SLACK_URL CLOCK SPEED

CLOCK holds the seconds since 1970 at which the clock stands. It prints "ready" before it begins to watch, and
"over" once the session is.
"""

import struct
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from config.settings import Settings
from tasks.context.context import Context
from tasks.watch.today import watch
from tests.standins.slack import TOKEN

SECONDS = struct.Struct("d")


class FastClock:
    """Seconds from where the file says on, `speed` for each of the machine's; kept in the file as it goes."""

    def __init__(self, file: Path, speed: float):
        self.file, self.speed, self.lock = file.open("r+b", buffering=0), speed, threading.Lock()
        (self.stood,) = SECONDS.unpack(self.file.read(SECONDS.size))
        self.begun = time.monotonic()

    def now(self):
        with self.lock:
            seconds = self.stood + (time.monotonic() - self.begun) * self.speed
            self.file.seek(0)
            self.file.write(SECONDS.pack(seconds))
        return datetime.fromtimestamp(seconds, UTC)

    def sleep(self, seconds):
        time.sleep(seconds / self.speed)


def main(home, portfolio, source, url, clock, speed):
    """Watch what is left of the session."""
    fast = FastClock(Path(clock), float(speed))
    settings = Settings(
        home=Path(home), source="bundled", slack_token=SecretStr(TOKEN), slack_url=url, lock_timeout=10.0,
        vendors={},
    )  # fmt: skip
    print("ready", flush=True)
    watch(Context(settings, fast.now, fast.sleep, "test"), [portfolio], source, "XNYS")
    print("over", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
