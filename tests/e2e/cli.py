"""The command line as a caller meets it: a cold process, its two streams and its exit code."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

ROOT = Path(__file__).resolve().parents[2]
MAIN = "from flows.cli import main; main()"
T = TypeVar("T")


@dataclass(frozen=True)
class Ran:
    """What a command wrote."""

    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one JSON object on standard output: anything beside it, NaN included, is an error."""
        answer = json.loads(self.out, parse_constant=_refuse)
        assert isinstance(answer, dict)
        return answer


def ballast(*arguments: str | Path, home: Path, expect: int = 0, **environment: str) -> Ran:
    """Run one command of this checkout on `home`, from a folder outside of it and with no other setting.

    It must end with the exit code `expect`, and without a traceback unless that says that something broke.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BALLAST_")}
    done = subprocess.run(
        [sys.executable, "-c", MAIN, *map(str, arguments), "--home", str(home)],
        capture_output=True,
        text=True,
        check=False,
        cwd=home.parent,
        env={**inherited, "PYTHONPATH": str(ROOT), **environment},
    )
    assert done.returncode == expect, f"exit code {done.returncode}:\n{done.stdout}\n{done.stderr}"
    assert expect == 1 or "Traceback" not in done.stderr, done.stderr
    return Ran(done.stdout, done.stderr)


def daily(
    portfolio: str | Path, session: str, prices: Path, home: Path, *options: str, expect: int = 0
) -> Ran:
    """`ballast daily --json` on a price file."""
    return ballast(
        "daily", "--portfolio", portfolio, "--session", session, "--source", f"files:{prices}", "--json",
        *options, home=home, expect=expect,
    )  # fmt: skip


def side_by_side(calls: Iterable[Callable[[], T]]) -> list[T]:
    """The results of calls that share nothing, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda call: call(), calls))


def _refuse(constant: str) -> NoReturn:
    raise AssertionError(f"{constant} is no JSON")
