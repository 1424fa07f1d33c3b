"""What is said of a run's market data, a sentence for each trouble."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from quant.market.gaps import DENSE, LONGEST
from tasks.context.words import some
from tasks.report.data import AcceptedRow, BeginsRow, Data, EarlierRow, GapRow, QuarantinedRow
from tasks.report.document import Note, note
from tasks.report.model import Report

BEGAN = {
    "gap": f"more than {LONGEST} sessions in a row are missing before",
    "jump": "the close behind a gap lies beyond the move bound: nobody may have had that return",
    "sparse": f"fewer than {DENSE:.0%} of the sessions before have a price, so these are no daily prices",
}
"""Why a history begins anew."""

TOLD = 12
"""Of symbols with a price of an earlier session so many are named."""


def troubles(report: Report) -> Iterator[Note]:
    """Everything about the data that a reader should know, what matters most first."""
    data = report.data
    if data.held:
        yield note(f"the whole delivery was refused: {data.held}", "bad")
    for symbol in data.stale:
        yield note(f"{symbol} has no accepted price on {report.session}", "bad")
    for error in data.errors:
        yield note(f"not fetched: {error.symbol}: {error.kind.replace('_', ' ')}: {error.error}", "bad")
    yield from _judged(data)
    for sentence in (*holes(data.gaps, data.begins), *earlier(data.earlier)):
        yield note(sentence, "warning")
    for symbol, source in data.served_by.items():
        yield note(f"{symbol} is served by {source} instead", "warning")
    for rate in data.fx:
        yield note(f"converted at {rate.pair} {number(rate.rate)} of {rate.session}")
    if report.returns == "price":
        yield note("price returns: no distributions known")


def _judged(data: Data) -> Iterator[Note]:
    """What was rejected, accepted or put right, and where the vendor contradicts itself."""
    for row in data.quarantined:
        seen = f"quarantined: {row.symbol} on {row.session}: {row.rule} (value {number(row.value)})"
        yield note(seen + proposal(row), "warning")
    for vouched in data.accepted:
        yield note(accepted(vouched), "warning")
    for fixed in data.repaired:
        changed = f"{fixed.field} {number(fixed.original)} to {number(fixed.repaired)}"
        yield note(f"repaired: {fixed.symbol} on {fixed.session}: {fixed.kind}, {changed}", "warning")
    for other in data.adjusted_differs:
        found = f"{other.symbol} on {other.session}: {other.kind} ({number(other.value)})"
        yield note(f"the vendor's adjusted close differs: {found}", "muted")


def delivered(data: Data) -> Note:
    """What the sources brought."""
    return note(f"{data.source}: {data.rows_new:,} new rows, {data.rows_restated:,} restated", "muted")


def number(value: float | None) -> str:
    """A price, or what a rule saw, with the digits that it has."""
    return "not known" if value is None else f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.2f}"


def holes(gaps: Sequence[GapRow], begins: Sequence[BeginsRow]) -> list[str]:
    """The sessions without a price, what waits for them, and the histories that begin anew, one a line."""
    alike: dict[tuple[bool, str, str | None], list[GapRow]] = {}
    for row in gaps:
        alike.setdefault((not row.holds, row.symbol, row.accepted), []).append(row)
    return [
        *(_begins(row) for row in begins),
        *(_gaps(alike[key]) for key in sorted(alike, key=lambda key: key[:2])),
    ]


def _begins(row: BeginsRow) -> str:
    how = f"is measured from {row.session} on" if row.session else "cannot be measured"
    return f"{row.symbol} {how}: {BEGAN[row.reason]}"


def _gaps(rows: Sequence[GapRow]) -> str:
    """Gaps of one symbol that are judged alike."""
    one, first, last = rows[0], min(row.first for row in rows), max(row.last for row in rows)
    sessions = sum(row.sessions for row in rows)
    when = first if sessions == 1 else f"{sessions} sessions between {first} and {last}"
    waits = "what depends on it is held" if one.holds else "measures reach over it"
    return f"{one.symbol} has no price on {when}: {f'accepted, {one.accepted}' if one.accepted else waits}"


def earlier(rows: Sequence[EarlierRow]) -> Iterator[str]:
    """From which session prices are that are older than the run's and right: a sentence for each session."""
    for session, found in groupby(sorted(rows, key=lambda row: row.session), key=lambda row: row.session):
        yield f"price of {session}, no later one was due: {some([row.symbol for row in found], TOLD)}"


def accepted(row: AcceptedRow) -> str:
    """Which bar or action of the session somebody vouches for, and why."""
    what = " ".join(part for part in (row.symbol, row.session, row.kind) if part)
    return f"{what} accepted by {row.by}: {row.reason}"


def proposal(row: QuarantinedRow) -> str:
    """The certain repair of a quarantined row, as it follows the row; empty where there is none."""
    if not row.proposed:
        return ""
    values = ", ".join(f"{name} {number(value)}" for name, value in row.proposed.items())
    return f"; the certain repair is {values}"
