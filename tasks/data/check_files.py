"""All checks on files, without a portfolio and without a warehouse."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa

import expectations
from config.calendar_overrides import exchange as corrected
from config.calendars import Calendar
from quant.errors import InputError
from tasks.ingest import staging as stage
from tasks.ingest.faults import Found, scan
from tasks.ingest.repairs import Mended, mend
from tasks.sources import Request, files
from tasks.sources._reading import Part, find_parts, is_intraday, read_instants, read_part
from warehouse import staging
from warehouse.ingest import Batch

FIRST = date(1970, 1, 1)


@dataclass(frozen=True)
class Flaw:
    """What is wrong with one row: `rule` found it, `kind` says what it is (a suite's rule is its own kind).

    `session` is the day, or the instant of an intraday row. `proposed` (by field, in the file's terms) is
    None where no repair is certain.
    """

    symbol: str
    session: str
    rule: str
    kind: str
    value: float | None
    proposed: Mapping[str, float] | None


def examine(path: Path, calendar: str | None, home: Path | None = None) -> list[Flaw]:
    """The findings of every suite and every fault rule on the file or folder, by symbol and session.

    Without a calendar, sessions are compared with none, and no symbol is late. Several rows of a day in a
    file that is named for its symbol are told apart by their instants. `home` may correct the calendar.

    Raises:
        InputError: the file cannot be used, or an intraday file is to be compared with a calendar.
    """
    symbols = files.survey(path).symbols
    parts = find_parts(path, symbols)
    keyed = [_keyed(part, symbols, calendar) for part in parts]
    if calendar and any(instants for _, instants in keyed):
        raise InputError(f"{path} has intraday bars: a calendar is for daily bars. Leave it out.")
    tables = [table for table, _ in keyed]
    labels = {symbol: instants for table, instants in keyed if instants for symbol in _first_symbol(table)}
    end = max(max(table["session"].to_pylist()) for table in tables if table.num_rows)
    delivery = files.deliver(parts, tables, Request(symbols, None, end, str(path)))
    found = scan(delivery, stage.KNOWN.empty_table())
    in_todays_shares = any(part.split_adjusted for part in parts)
    exchange = _exchange(calendar, home) if calendar else None
    findings = [
        *(_of_rule(one, in_todays_shares=in_todays_shares) for one in found),
        *_of_suites(mend(delivery, found, repair=False), symbols, end, exchange),
    ]
    instants = {(symbol, day.isoformat()): text for symbol in labels for day, text in labels[symbol].items()}
    named = [_labelled(one, instants) for one in findings]
    return sorted(named, key=lambda one: (one.symbol, one.session, one.kind))


def _first_symbol(table: pa.Table) -> list[str]:
    return [str(symbol) for symbol in table["symbol"].slice(0, 1).to_pylist()]


def _keyed(part: Part, symbols: Sequence[str], calendar: str | None) -> tuple[pa.Table, dict[date, str]]:
    """A file's rows, and nothing; of an intraday one with a day of its own for each instant, and the instants
    by these days.

    Raises:
        InputError: the day of an instant is not known, because there is no calendar.
    """
    if not is_intraday(part):
        return read_part(part, symbols, lambda _: calendar, everything=True), {}
    table, instants = read_part(part, symbols, None, everything=True), read_instants(part).to_pylist()
    place = {instant: FIRST + timedelta(days=number) for number, instant in enumerate(sorted(set(instants)))}
    column = pa.array([place[instant] for instant in instants], pa.date32())
    keyed = table.set_column(table.column_names.index("session"), "session", column)
    return keyed, {day: instant.isoformat() for instant, day in place.items()}


def _labelled(one: Flaw, instants: Mapping[tuple[str, str], str]) -> Flaw:
    session = instants.get((one.symbol, one.session), one.session)
    return Flaw(one.symbol, session, one.rule, one.kind, one.value, one.proposed)


def _of_rule(one: Found, *, in_todays_shares: bool) -> Flaw:
    by = one.shares if in_todays_shares else 1.0
    scale = {"volume": by, "adj_close": 1.0}
    proposed = one.proposed and {
        name: value * scale.get(name, 1 / by) for name, value in one.proposed.items()
    }
    return Flaw(one.symbol, one.session.isoformat(), one.rule, one.kind, one.value / by, proposed)


def _exchange(name: str, home: Path | None) -> Calendar:
    return corrected(home, name) if home else Calendar(name)


def _of_suites(mended: Mended, symbols: Sequence[str], end: date, exchange: Calendar | None) -> list[Flaw]:
    """What the suites reject, but for the faults, in a staging file of its own that is gone afterwards."""
    delivery = mended.delivery
    days, limits = sorted(set(delivery.bars["session"].to_pylist())), stage.Limits()
    if exchange:
        limits = stage.Limits({exchange.name: exchange.begins(days[0])})
        days = exchange.sessions(days[0], end) or [exchange.last_session(end)]
    name = exchange.name if exchange else "none"
    batch = Batch(
        "check", "files", tuple(symbols), None, end, datetime(1970, 1, 1, tzinfo=UTC), delivery.digest,
        len(delivery.bars), (), delivery.returns, None,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "check.duckdb"
        asked, known = dict.fromkeys(symbols, name), stage.KNOWN.empty_table()
        staging.create(file, batch, stage.staged(mended, asked, {name: days}, known, (), limits))
        with staging.opened(file) as connection:
            expectations.validate(connection, None, "check")
            rejected = staging.read_rejected(connection)
    return [
        Flaw(one.symbol or "", str(one.session or ""), one.rule, one.rule, one.value, None)
        for one in rejected
        if one.table_name != "coverage" or exchange
    ]
