"""The real command with its slow imports already done.

Reads one JSON object a line: {"start": {"arguments", "environment", "folder", "out", "err"}} forks a process
that runs the command line with these, and answers with its id; {"poll": id} answers with its exit code
(negative: the signal that ended it), or null while it runs. A process that has ended keeps its id until it is
polled, so no signal can hit a stranger. Ends when its standard input does.
"""

import gc
import json
import os
import sys
from importlib import import_module
from typing import Any

import duckdb

from flows.commands.cli import main as command_line

SLOW = ("great_expectations", "tasks.sources.files", "tasks.sources.yfinance")


def main() -> None:
    for name in SLOW:
        import_module(name)
    # DuckDB opens one when it is imported; its threads are not in a fork, whose end would wait for them.
    duckdb.default_connection().close()
    gc.freeze()  # a fork that looks through what was imported copies it all
    for line in sys.stdin:
        request = json.loads(line)
        if "start" in request:
            pid = os.fork()
            if pid == 0:
                _become(**request["start"])
                command_line()
            _answer(pid)
        else:
            ended, status = os.waitpid(request["poll"], os.WNOHANG)
            _answer(os.waitstatus_to_exitcode(status) if ended else None)


def _become(arguments: list[str], environment: dict[str, str], folder: str, out: str, err: str) -> None:
    """Make this fork the process that a shell would have started."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["ballast", *arguments]
    for number, file in ((0, os.devnull), (1, out), (2, err)):
        opened = os.open(file, os.O_RDWR | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)


def _answer(value: Any) -> None:
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main()
