"""The message of the crash watch: what falls, what it means for the portfolio, and what can be done. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from quant.documents import Json
from tasks.context.words import amount, count, instant, number, quantity, some
from tasks.report.document import (
    Document,
    Fact,
    Facts,
    Importance,
    Note,
    Notes,
    Table,
    Tone,
    Verdict,
    fact,
    line,
    note,
    row,
)
from tasks.report.messages.message import Kind, Message
from warehouse.tables.alerts import AlertState

TONES: Mapping[str, Tone] = {"critical": "bad", "warning": "warning", "info": "plain"}
LIST = "ballast alerts"
MARKET = "market_wide"
TESTS = {
    "lee_mykland": "jump test",
    "drift_burst": "drift burst",
    "limit_band": "fall ÷ exchange's band",
    "breadth": "share of symbols that fall",
    "market_fall": "market since the last close",
    "volume": "volume ÷ usual",
    "bar_range": "range ÷ usual",
}
"""What is said of detectors, by name; every value is in `ballast alerts --json`."""
SHARES = {"market_fall", "breadth"}
"""Detectors whose value is a share."""


@dataclass(frozen=True)
class Position:
    """What a portfolio holds of a symbol: shares, the last price and that of the session before, its unit."""

    symbol: str
    quantity: float
    price: float
    last_close: float
    currency: str

    @property
    def change(self) -> float:
        """Gained since the close of the session before, in the symbol's currency; NaN where not known."""
        return self.quantity * (self.price - self.last_close)


@dataclass(frozen=True)
class Fell:
    """What is told to one portfolio of one kind of fall.

    `found` are the alerts as they stand, `tests` their statistics by fingerprint, `fresh` the fingerprints
    of those that were not told so before. `held` are orders that are kept back because of them, by symbol.
    """

    portfolio: str
    session: date
    zone: str
    kind: str
    found: Sequence[AlertState]
    tests: Mapping[str, Mapping[str, float | None]]
    fresh: frozenset[str]
    positions: Sequence[Position]
    held: Mapping[str, str]
    again: bool = False


def of_falls(told: Fell) -> Message:
    """The message of a portfolio's falls of one kind, as they stand now."""
    kind: Kind = "market_fall" if told.kind == MARKET else "fall"
    found = sorted(told.found, key=_order)
    where = Facts("where", "Where", Importance.FIRST, LIST, (Fact("Alerts", LIST, "command"),))
    parts = [
        Notes(
            "falls", "What falls" if _open(found) else "What fell", Importance.FIRST, LIST,
            tuple(_note(one, told.zone) for one in found),
        ),
        *_held(told, where.rest),
        *_positions(told),
        Facts("tests", "Tests", Importance.USEFUL, LIST, tuple(_tests(found, told.tests))),
    ]  # fmt: skip
    document = Document(_verdict(told, found), tuple(one for one in parts if one.rows), where)
    return Message(kind, document, _data(told, found))


def of_changed(told: Fell) -> Message:
    """What changed since the message before, for its thread: one line for each alert that did."""
    found = sorted((one for one in told.found if one.fingerprint in told.fresh), key=_order)
    worse = any(one.state == "firing" and one.severity == "critical" and one.confirmed for one in found)
    lines = tuple(_note(one, told.zone) for one in found)
    first = Notes("first", "What changed", Importance.FIRST, LIST, lines)
    where = Facts("where", "Where", Importance.NEEDED, LIST, (Fact("Alerts", LIST, "command"),))
    verdict = _verdict(told, found)
    kind: Kind = "fall_worse" if worse else "fall_update"
    return Message(kind, Document(verdict, (first,), where), _data(told, found))


def _verdict(told: Fell, found: Sequence[AlertState]) -> Verdict:
    """The first line: the worst of what still falls, else how what fell has ended; of a market, its fall."""
    found = [one for one in found if (one.kind == MARKET) == (told.kind == MARKET)]
    subject, still = f"{line(told.portfolio, 60)} · {told.session}", _open(found)
    if not still:
        said = _says(found[0], told.zone) if len(found) == 1 else f"{count(len(found), 'fall')} over"
        return Verdict(subject, line(said, 200), "good")
    worst = still[0]
    firing = [one for one in still if one.state == "firing" and one.fingerprint in told.fresh]
    urgent = any(one.severity == "critical" and one.confirmed for one in firing)
    again = "Still: " if told.again else ""
    if len(still) == 1:
        said = f"{worst.severity.upper()}: {again}{_says(worst, told.zone)}"
    else:
        each = [f"{one.symbol} {percent(_fell(one), '+')}" for one in still]
        doubt = "" if any(one.confirmed for one in still) else " (unconfirmed)"
        said = f"{worst.severity.upper()}: {again}{len(still)} symbols fall: {some(each, 5)}{doubt}"
    return Verdict(subject, line(said, 200), TONES[worst.severity], urgent)


def _says(one: AlertState, zone: str) -> str:
    """An alert in a few words: what fell, by how much, when, and whether it is over or in doubt."""
    what = f"the market ({one.symbol})" if one.kind == MARKET else one.symbol
    when = clock(one.at, zone)
    if one.state == "resolved":
        back = "" if one.recovered is None else f", {percent(one.recovered)} of it recovered"
        return f"{what} fell {percent(one.depth)} at {when}: over{back}"
    doubt = "" if one.confirmed else " (unconfirmed)"
    who = f", acknowledged by {one.acknowledged_by}" if one.acknowledged_by else ""
    return f"{what} fell {percent(one.depth)} at {when}{doubt}{who}"


def _note(one: AlertState, zone: str) -> Note:
    """An alert in a sentence: how much, how bad, since when, the prices, and why it may be none."""
    back = "" if one.recovered is None else f", {percent(one.recovered)} of it recovered"
    doubts = f" Unconfirmed: {'; '.join(one.vetoes)}." if one.vetoes and not one.confirmed else ""
    since = f"since {clock(one.at, zone)}, {one.severity}, {one.state}{back}"
    return note(f"{one.symbol} {percent(_fell(one), '+')} {since}: {one.detail}.{doubts}", _tone(one))


def _positions(told: Fell) -> list[Table | Notes]:
    """What the portfolio holds of what falls, and what that has gained or lost since the last close."""
    rows = tuple(
        row(
            one.symbol, quantity(one.quantity), number(round(one.price, 2 if one.price >= 1 else 4)),
            amount(one.change, one.currency) if math.isfinite(one.change) else "n/a",
        )
        for one in told.positions
    )  # fmt: skip
    if not rows:
        return [Notes("held", "This portfolio", Importance.NEEDED, LIST, (note("It holds none of them."),))]
    columns = ("Symbol", "Held", "Price", "Since last close")
    return [Table("held", "This portfolio", Importance.NEEDED, LIST, columns, rows, brief=4)]


def _held(told: Fell, show: str) -> list[Notes]:
    lines = tuple(note(f"{symbol}: {why}", "bad") for symbol, why in told.held.items())
    return [Notes("orders", "Orders held back", Importance.FIRST, show, lines)]


def _tests(found: Sequence[AlertState], tests: Mapping[str, Mapping[str, float | None]]) -> list[Fact]:
    """What the tests said of each alert when it fired; without those that could not be computed."""
    said = {
        one.symbol: [
            f"{words} {percent(value, '+') if name in SHARES else f'{value:.3g}'}"
            for name, words in TESTS.items()
            if (value := tests.get(one.fingerprint, {}).get(name)) is not None
        ]
        for one in found
    }
    return [fact(symbol, ", ".join(values)) for symbol, values in said.items() if values]


def percent(value: float | None, sign: str = "") -> str:
    """A share as a percentage with one decimal."""
    return "n/a" if value is None else f"{value:{sign}.1%}"


def clock(at: str, zone: str) -> str:
    """The time of day of an instant; anything else as it is."""
    return instant(at, zone).partition(" ")[2] or at


def _data(told: Fell, found: Sequence[AlertState]) -> Json:
    rows: list[Json] = [
        {
            "fingerprint": one.fingerprint, "kind": one.kind, "symbol": one.symbol, "at": one.at,
            "severity": one.severity, "state": one.state, "confirmed": one.confirmed, "depth": one.depth,
            "recovered": one.recovered, "vetoes": list(one.vetoes), "detail": one.detail,
        }
        for one in found
    ]  # fmt: skip
    return {"portfolio": told.portfolio, "session": told.session.isoformat(), "alerts": rows}


def _order(one: AlertState) -> tuple[bool, bool, float, str]:
    """What still falls first, then the worst."""
    return one.state == "resolved", one.severity != "critical", -(one.depth or 0.0), one.symbol


def _open(found: Sequence[AlertState]) -> list[AlertState]:
    return [one for one in found if one.state != "resolved"]


def _fell(one: AlertState) -> float | None:
    return None if one.depth is None else -one.depth


def _tone(one: AlertState) -> Tone:
    return "muted" if one.state == "resolved" else TONES[one.severity]
