"""Whether the `ballast up` of a HOME is at work: `python -m flows.up.health`, a container's health check.

Exit code 0: its server answers, and its worker has given a sign of life; 1: not, and one sentence says why.
"""

import sys

from config import settings
from flows.up import elsewhere
from flows.up.up import server_of
from quant.errors import BallastError


def main() -> int:
    """Say it, by the settings of the environment; the exit code."""
    try:
        home = settings.load().home.resolve()
        server, worker = server_of(home), elsewhere.worker(home)
        if server is None:
            print(f"`ballast up` does not run for {home}, or its server does not answer")  # noqa: T201 - the answer
            return 1
        working = any(one.name == worker and one.status == "ONLINE" for one in server.workers())
    except BallastError as error:
        print(error)  # noqa: T201
        return 1
    print(f"{worker} is {'at work' if working else 'not at work'}")  # noqa: T201
    return 0 if working else 1


if __name__ == "__main__":
    sys.exit(main())
