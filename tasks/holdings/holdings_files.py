"""The files that fills change: written after the commit that records them, or by the next command."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ValidationError

from config import portfolio_file as portfolios
from config.booking import holdings_of
from config.examples import is_example
from config.portfolio import Portfolio
from quant.errors import InputError
from tasks.context.context import Context
from tasks.context.run_file import file_of_run
from tasks.holdings import booking_journal
from tasks.holdings.booking_journal import Booked
from warehouse.database.database import Database
from warehouse.database.files import write_atomically
from warehouse.record import ledger
from warehouse.record.ledger import Entry
from warehouse.runs import Run


class Change(BaseModel):
    """The new text of a file, and the digest of the one that it is made from."""

    path: Path
    before: str
    text: str


class Announced(BaseModel):
    """What is to be written once the entry with this hash is in the ledger."""

    entry: str
    files: tuple[Change, ...]
    booked: tuple[Booked, ...] = ()


def due(home: Path) -> Path:
    """What is still to be written, there from before a commit until it is written."""
    return home / "holdings.due"


def current(context: Context, text: str) -> Portfolio:
    """The portfolio that `text` means, with every fill that was recorded in its files.

    Raises:
        InputError: no such portfolio, it is not right, or a file was changed while fills were to be written.
    """
    while True:
        finish(context)
        portfolio = portfolios.load(text, context.home)
        if not due(context.home).exists():  # else its two files may have been read before and after a change
            return portfolio


def finish(context: Context) -> None:
    """Write what an import that was cut off has left to be written; nothing where nothing is."""
    if due(context.home).exists():
        context.warehouse.transact(lambda db: settle(db, context))


def portfolio_file(home: Path, run: Run) -> Path:
    """Where the run's portfolio lies; where it has moved, HOME/portfolios is looked at by its name."""
    file = file_of_run(home, run)
    if file is None:
        nowhere = f"the run does not say where {run.portfolio!r} lay"
        where = f"{run.portfolio_file} is gone" if run.portfolio_file else nowhere
        raise InputError(f"{where}: put its file at {home / 'portfolios' / f'{run.portfolio}.toml'}.")
    if is_example(file):
        raise InputError(
            f"portfolio {run.portfolio!r} is an example that comes with Ballast: "
            f"copy it to {home / 'portfolios'} and run it from there."
        )
    return file


def read(
    file: Path, runs: Iterable[Run], accounts: Collection[str | None]
) -> tuple[Portfolio, dict[Path, str]]:
    """The portfolio that fills of some runs and accounts are booked into, and the digests of its files.

    Raises:
        InputError: it is not right or that of another name, or has accounts now and had none when the fills
            were recommended, or not.
    """
    portfolio = portfolios.read(file)
    for run in runs:
        if run.portfolio != portfolio.name:
            raise InputError(
                f"{file} is of portfolio {portfolio.name!r} now, and run {run.run_id} is of "
                f"{run.portfolio!r}: put that portfolio's file back first."
            )
    if (portfolio.holders is None) != (None in accounts):
        now = "has no accounts" if portfolio.holders is None else "has accounts"
        raise InputError(f"{file} {now}, unlike when the run was made. Put the files of then back first.")
    paths = [file, *(holdings_of(file, portfolio, account) for account in accounts)]
    return portfolio, {path: digest(path) for path in paths}


def announce(
    home: Path,
    entries: Sequence[Entry],
    before: Mapping[Path, str],
    after: Mapping[Path, str],
) -> None:
    """Note, before the commit of these newest entries, what is to be written when that has happened.

    `before` are the digests of the files as they were read, `after` their new texts.
    """
    files = tuple(Change(path=path, before=before[path], text=text) for path, text in after.items())
    said = Announced(entry=entries[-1].hash, files=files, booked=tuple(map(booking_journal.of, entries)))
    write_atomically(due(home), said.model_dump_json())


def settle(db: Database, context: Context) -> None:
    """Write what is due, under the lock; what was announced and never committed is dropped.

    What the holdings have and a restored ledger has not is entered again. All of it may be repeated: an entry
    that is found was committed before, a file that has its text is left as it is, and the journal may have a
    line twice.

    Raises:
        InputError: a file is neither as it was read nor as it is to be: somebody has changed it since.
    """
    home = context.home
    if due(home).exists():
        said = _said(due(home))
        if ledger.entry(db, said.entry) is not None:
            for file in said.files:
                _write(home, file)
            booking_journal.keep(home, said.booked)
        due(home).unlink()
    booking_journal.catch_up(db, home, context.now())


def _said(path: Path) -> Announced:
    try:
        return Announced.model_validate_json(path.read_bytes())
    except ValidationError:
        raise InputError(
            f"{path} is not as it was written. Compare the holdings and the cash with `ballast fills list`, "
            "bring them to it, then remove that file."
        ) from None


def _write(home: Path, file: Change) -> None:
    path, found = file.path, digest(file.path)
    if found == sha256(file.text.encode()).hexdigest():
        return
    if found != file.before:
        raise InputError(
            f"{path} was changed before the fills that are in the ledger could be written into it: bring it "
            f"to what stands in {due(home)}, then remove that file."
        )
    try:
        write_atomically(path, file.text)
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({error.strerror}). Its fills are in the ledger, each once: allow the "
            "file and its folder to be written, and the next command does so."
        ) from None


def digest(path: Path) -> str:
    """The SHA-256 of a file; empty where there is none."""
    return sha256(path.read_bytes()).hexdigest() if path.exists() else ""
