"""The files that fills change: written after the commit that records them, or by the next command."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from config import portfolio as portfolios
from config.portfolio import Portfolio
from quant.errors import InputError
from tasks.place import Place
from warehouse import ledger
from warehouse.connection import Database
from warehouse.publish import write_atomically


def due(home: Path) -> Path:
    """What is still to be written, there from before a commit until it is written."""
    return home / "holdings.due"


def current(place: Place, text: str) -> Portfolio:
    """The portfolio that `text` means, with every fill that was recorded in its files.

    Raises:
        InputError: no such portfolio, it is not right, or a file was changed while fills were to be written.
    """
    while True:
        finish(place)
        portfolio = portfolios.load(text, place.home)
        if not due(place.home).exists():  # else its two files may have been read before and after a change
            return portfolio


def finish(place: Place) -> None:
    """Write what an import that was cut off has left to be written; nothing where nothing is."""
    if due(place.home).exists():
        with place.warehouse.open() as db:
            settle(db, place.home)


def announce(db: Database, home: Path, before: Mapping[Path, str], after: Mapping[Path, str]) -> None:
    """Note, before the commit of the newest entry, what is to be written when that has happened.

    `before` are the digests of the files as they were read, `after` their new texts.
    """
    files = [{"path": str(path), "before": before[path], "text": text} for path, text in after.items()]
    write_atomically(due(home), json.dumps({"entry": ledger.head(db)[1], "files": files}))


def settle(db: Database, home: Path) -> None:
    """Write what is due, under the lock; what was announced and never committed is dropped.

    Raises:
        InputError: a file is neither as it was read nor as it is to be: somebody has changed it since.
    """
    if not due(home).exists():
        return
    said = json.loads(due(home).read_text(encoding="utf-8"))
    if ledger.entry(db, said["entry"]) is not None:
        for file in said["files"]:
            _write(home, Path(file["path"]), file["before"], file["text"])
    due(home).unlink()


def _write(home: Path, path: Path, before: str, text: str) -> None:
    found = digest(path)
    if found == sha256(text.encode()).hexdigest():
        return
    if found != before:
        raise InputError(
            f"{path} was changed before the fills that are in the ledger could be written into it: bring it "
            f"to what stands in {due(home)}, then remove that file."
        )
    write_atomically(path, text)


def digest(path: Path) -> str:
    """The SHA-256 of a file; empty where there is none."""
    return sha256(path.read_bytes()).hexdigest() if path.exists() else ""
