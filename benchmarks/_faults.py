"""What can befall a warehouse's files, what a person then reads, and what is there after the way out."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks._model import look, store, store_and_fold
from quant.errors import BallastError
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.duckdb_file.backup import take
from warehouse.duckdb_file.log import log_of
from warehouse.duckdb_file.restore import restore
from warehouse.record.verify import verify

ROOT = Path(__file__).parent.parent
HEADERS = 3 * 4096  # bytes: DuckDB's file begins with three
TRIED = range(1, 11)
LATER = 11
REFUSED = 3
_READ_ONLY = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'


@dataclass(frozen=True)
class Met:
    """The sentence (None: nothing was refused), and what was held before and after the way out."""

    sentence: str | None
    before: list[int]
    after: list[int]


def full(size: int) -> list[str]:
    """What to put before a command so that no file grows beyond `size` bytes, as on a full disk."""
    return ["prlimit", f"--fsize={size}"]


def read_only(path: Path) -> list[str]:
    """What to put before a command so that a file or folder is read-only to it, root or not."""
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", _READ_ONLY, str(path)]


def possible(prefix: Sequence[str]) -> bool:
    """Whether this system lets a command be confined so."""
    found = shutil.which(prefix[0]) is not None
    return found and subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0


def attempt(home: Path, prefix: Sequence[str]) -> tuple[list[int], str | None]:
    """Store deliveries in a process that is confined, until one is refused; what it told of each.

    Raises:
        AssertionError: it ended in another way than by storing all or refusing one.
    """
    done = subprocess.run(
        [*prefix, sys.executable, "-m", "benchmarks._faults", str(home)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, REFUSED}, done.stderr
    return [int(number) for number in done.stdout.split()], done.stderr.strip() or None


def confined(home: Path, prefix: Callable[[Path], Sequence[str]]) -> Met | None:
    """A process that may not write, or not for long, and one more delivery when it may again.

    None where this system does not let a process be confined so.
    """
    store(home, 0)
    if not possible(prefix(home)):
        return None
    stored, sentence = attempt(home, prefix(home))
    before = look(home)
    assert before == [0, *stored], f"told {stored} and kept {before}"
    store(home, LATER)
    return Met(sentence, before, look(home))


def damaged(home: Path, harm: Callable[[Path], None], *, log: bool = False) -> Met:
    """A backup, one more delivery, damage to the file or to the log that holds it, and `ballast restore`."""
    warehouse = DuckDBFile(home)
    store(home, 0)
    take(warehouse, datetime.now(UTC), 1, 0)
    (store if log else store_and_fold)(home, 1)
    harm(log_of(warehouse.file) if log else warehouse.file)
    try:
        verify(warehouse.read, datetime.now(UTC))
    except BallastError as error:
        restore(warehouse, datetime.now(UTC))
        return Met(str(error), [0, 1], look(home))
    return Met(None, [0, 1], look(home))


def flip(file: Path, start: float, end: float) -> None:
    """Change one byte of each 4 KiB between two shares of a file."""
    content = bytearray(file.read_bytes())
    for place in range(int(len(content) * start), int(len(content) * end), 4096):
        content[place] ^= 0x55
    file.write_bytes(content)


def cut(file: Path, share: float) -> None:
    """Leave the first share of a file."""
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])


def _headers(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(bytes(byte ^ 0x55 for byte in content[:HEADERS]) + content[HEADERS:])


def _scribble(file: Path) -> None:
    file.write_text("no database at all\n" * 1000)


CONFINED: dict[str, Callable[[Path], Sequence[str]]] = {
    "disk full at once": lambda _: full(5_000),
    "disk full after some deliveries": lambda _: full(14_000),
    "file is read-only": lambda home: read_only(home / "warehouse.duckdb"),
    "folder is read-only": read_only,
}
DAMAGED: dict[str, Callable[[Path], None]] = {
    "headers changed": _headers,
    # As much as that, since a part of the blocks holds nothing, and which one changes with the tables.
    "middle changed": lambda file: flip(file, 0.2, 0.8),
    "tail changed": lambda file: flip(file, 0.6, 1.0),
    "cut in half": lambda file: cut(file, 0.5),
    "emptied": lambda file: cut(file, 0.0),
    "not DuckDB": _scribble,
}
DAMAGED_LOG: dict[str, Callable[[Path], None]] = {
    "log changed": lambda file: flip(file, 0.5, 0.9),
    "log cut in half": lambda file: cut(file, 0.5),
    "log deleted": Path.unlink,
}


if __name__ == "__main__":
    try:
        for delivered in TRIED:
            store(Path(sys.argv[1]), delivered)
            print(delivered)
    except BallastError as refused:
        print(refused, file=sys.stderr)
        sys.exit(REFUSED)
