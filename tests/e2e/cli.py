"""The command line as a caller meets it: a process of its own, its two streams and its exit code."""

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn, TypeVar

from tests.e2e.command import shared_driver

ROOT = Path(__file__).resolve().parents[2]
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
    with TemporaryDirectory() as output:
        given = [*map(str, arguments), "--home", str(home)]
        done = shared_driver().start(given, environment, home.parent, Path(output)).wait()
    assert done.code == expect, f"exit code {done.code}:\n{done.out}\n{done.err}"
    assert expect == 1 or "Traceback" not in done.err, done.err
    return Ran(done.out, done.err)


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
