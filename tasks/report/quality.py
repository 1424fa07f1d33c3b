"""Each symbol's data of a run in a row: of which session its price is, what was done to its bars. Pure."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from tasks.report.data import AcceptedRow, QuarantinedRow, RepairedRow
from tasks.report.document import Importance, Place, Row, Table, Tone, rest, row
from tasks.report.model import Report

COLUMNS = ("symbol", "source", "price of", "rejected", "repaired", "accepted", "missing")
MISSING = "Missing: sessions without a price between two that have one."


def quality(report: Report, show: str) -> Table:
    """The symbols with a trouble first; without rows where the run has not come to its data."""
    rows = tuple(sorted(_rows(report), key=lambda one: one.tone != "warning")) if report.known_at else ()
    said = MISSING if report.data.gaps else ""
    caption, where = "Data by symbol", rest(show, len(rows))
    return Table("quality", caption, Importance.DETAIL, where, COLUMNS, rows, 3, said, place=Place.PAGE)


def _rows(report: Report) -> Iterator[Row]:
    data, stale = report.data, {*report.data.stale}
    failed = {one.symbol: f"not fetched: {one.kind.replace('_', ' ')}" for one in data.errors}
    sources = failed | data.served_by
    older = {one.symbol: one.session for one in data.earlier}
    touched = [_bars(rows) for rows in (data.quarantined, data.repaired, data.accepted)]
    missing = Counter[str]()
    for gap in data.gaps:
        missing[gap.symbol] += gap.sessions
    for symbol in _symbols(report, {*failed, *older, *missing}.union(*touched)):
        price = "none" if symbol in stale else older.get(symbol, report.session)
        counts = [found[symbol] for found in (*touched, missing)]
        cells = [f"{many:,}" if many else "–" for many in counts]
        tone: Tone = "warning" if symbol in stale or symbol in failed or any(counts) else "plain"
        yield row(symbol, sources.get(symbol, data.source), price, *cells, tone=tone)


def _symbols(report: Report, told: Collection[str]) -> list[str]:
    """What the run measured, and whatever else its data tells of."""
    measured = [one.key for one in report.drift if one.level == "instrument"]
    watched = [one.symbol for one in report.volatility]
    return [*dict.fromkeys([*measured, *watched, *report.data.stale, *sorted(filter(None, told))])]


def _bars(rows: Sequence[QuarantinedRow | RepairedRow | AcceptedRow]) -> Counter[str]:
    """How many sessions of each symbol have rows: several rules or fields may name the same bar."""
    return Counter(symbol for symbol, _ in {(one.symbol, one.session) for one in rows})
