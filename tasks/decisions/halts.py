"""Halting: the kill switches of all portfolios and of one, and the portfolios that are disabled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Literal

from config import portfolio_file as portfolios
from quant.errors import InputError
from quant.people import Actor, Identity
from tasks.context.context import Context
from tasks.decisions.reasons import explained
from warehouse.database.database import Database
from warehouse.record import entered
from warehouse.record.entered import Entered, Said

ALL = "all"
"""What stands for every portfolio."""

State = Literal["disabled", "enabled"]


class Switched(Said):
    """A portfolio (the entry's subject, or "all") is disabled or enabled.

    `by` is None where the blocked `runs` disabled it.
    """

    KIND: ClassVar[str] = "switch"

    state: State
    by: str | None
    reason: str
    runs: tuple[str, ...]
    actor: Identity | None = None


@dataclass(frozen=True)
class Switch:
    """How a portfolio (or "all") was disabled or enabled last; `runs` were blocked in a row, if any.

    `entry` is the hash of the ledger's entry of it.
    """

    portfolio: str
    state: State
    at: datetime
    by: str | None
    reason: str
    runs: tuple[str, ...] = ()
    entry: str = ""

    def __str__(self) -> str:
        what = "all portfolios are disabled" if self.portfolio == ALL else "disabled"
        how = f" by {self.by}" if self.by else ""
        return (
            f"{what} since {self.at:%Y-%m-%d}{how}: {self.reason} (`ballast enable {self.portfolio}` ends it)"
        )


def kill_switch(home: Path, portfolio: str) -> str | None:
    """Why everything must be HELD: the text of HOME/KILL or HOME/KILL.<portfolio>; None without them.

    Anybody can write them, without Ballast.
    """
    return _read(home / "KILL") or _read(home / f"KILL.{portfolio}")


def files(home: Path) -> list[tuple[str, Path, str]]:
    """The kill switches that are on: "all" or a portfolio's name, the file, and its reason."""
    found = [(file.name.removeprefix("KILL").lstrip(".") or ALL, file) for file in sorted(home.glob("KILL*"))]
    return [(name, file, _read(file) or "") for name, file in found if file.name in {"KILL", f"KILL.{name}"}]


def _read(file: Path) -> str | None:
    try:
        text = file.read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        # A switch that cannot be read is on: holding is the safe side.
        return f"HOME/{file.name} cannot be read ({error.strerror})"
    return text.splitlines()[0][:200] if text else f"HOME/{file.name} exists"


def last(db: Database, portfolio: str) -> Switch | None:
    """How a portfolio (or "all") was switched last."""
    entries = entered.entries(db, Switched, portfolio)
    return _switch(entries[-1]) if entries else None


def disabled(db: Database, portfolio: str, run_id: str | None = None) -> Switch | None:
    """What disables a portfolio, but for what the run did itself: a retry of it finds what it found."""
    found = (last(db, ALL), last(db, portfolio))
    return next((one for one in found if one and one.state == "disabled" and run_id not in one.runs), None)


def every_disabled(db: Database) -> list[Switch]:
    """All that is disabled now, by name."""
    newest = {entry.subject: _switch(entry) for entry in entered.entries(db, Switched)}
    return [newest[name] for name in sorted(newest) if newest[name].state == "disabled"]


def disable_blocked(db: Database, portfolio: str, runs: Sequence[str], now: datetime) -> Switch:
    """Disable a portfolio whose runs were blocked in a row, the newest of `runs` last."""
    reason = f"{_number(len(runs))} blocked run{'s' * (len(runs) > 1)} in a row: {', '.join(runs)}"
    return _enter(db, portfolio, "disabled", None, reason, now, tuple(runs))


def disable_again(db: Database, before: Sequence[Switch], now: datetime) -> list[Switch]:
    """Disable what was disabled `before` a restore and is not any more."""
    standing = {one.portfolio for one in every_disabled(db)}
    return [
        _enter(
            db, one.portfolio, "disabled", Actor.typed(one.by) if one.by else None,
            f"{one.reason} (since {one.at:%Y-%m-%d}; entered again after a restore)", now, one.runs,
        )
        for one in before
        if one.portfolio not in standing
    ]  # fmt: skip


def switch(db: Database, context: Context, portfolio: str, state: State, by: Actor, reason: str) -> Switch:
    """Disable a portfolio (or "all"), or enable it again.

    Raises:
        InputError: it is unknown or is in that state already, or the reason is empty.
    """
    reason, before = explained(reason), last(db, portfolio)
    if state == "disabled":
        _refuse_unknown(context, db, portfolio)
    if (before.state if before else "enabled") == state:
        raise InputError(_already(db, portfolio, before))
    return _enter(db, portfolio, state, by, reason, context.now())


def still_on(context: Context, portfolio: str) -> str | None:
    """What holds a portfolio that has been enabled all the same, in a sentence; None when nothing does."""
    other = context.warehouse.read(lambda db: disabled(db, portfolio))
    found = [
        f"{file} exists: remove it to resume"
        for name, file, _ in files(context.home)
        if name in {ALL, portfolio}
    ]
    return "; ".join([*found, *([str(other)] if other else [])]) or None


def _refuse_unknown(context: Context, db: Database, portfolio: str) -> None:
    known = {*portfolios.names(context.home), *db.column("run_portfolios")}
    if portfolio not in {ALL, *known}:
        names = ", ".join(sorted(known))
        raise InputError(f"there is no portfolio {portfolio!r}: name one of {names}, or all.")


def _already(db: Database, portfolio: str, before: Switch | None) -> str:
    if before and before.state == "disabled":
        return f"{portfolio!r} needs no disabling: {before}."
    names = ", ".join(one.portfolio for one in every_disabled(db)) or "none is"
    return (
        f"{portfolio!r} is not disabled; of the portfolios that are: {names}. KILL files are removed by hand."
    )


def _enter(
    db: Database,
    portfolio: str,
    state: State,
    by: Actor | None,
    reason: str,
    now: datetime,
    runs: tuple[str, ...] = (),
) -> Switch:
    said = (
        Switched(state=state, **by.entry(), reason=reason, runs=runs)
        if by
        else Switched(state=state, by=None, reason=reason, runs=runs)
    )
    return _switch(entered.append(db, portfolio, said, now))


def _switch(entry: Entered[Switched]) -> Switch:
    said = entry.said
    return Switch(entry.subject, said.state, entry.at, said.by, said.reason, said.runs, entry.hash)


def _number(count: int) -> str:
    return {2: "two", 3: "three", 4: "four", 5: "five"}.get(count, str(count))
