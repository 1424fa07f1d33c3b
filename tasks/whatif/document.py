"""The answer to a what-if as a document, for the terminal, Slack or a page. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from tasks.context.words import amount, count, instant, price, rounded, share, some
from tasks.report.digest import TONES
from tasks.report.document import (
    AnyPart,
    Document,
    Fact,
    Facts,
    Importance,
    Note,
    Notes,
    Row,
    Table,
    Verdict,
    fact,
    note,
    row,
)
from tasks.report.model import TradeRow
from tasks.report.orders import named
from tasks.report.words.check_words import findings, passed
from tasks.report.words.wording import to_trade
from tasks.whatif.model import WhatIf
from warehouse.tables.found import DriftRow

FIRST, NEEDED, USEFUL, DETAIL = Importance
SEEN = 0.001
"""A smaller drift is shown as none by most tables."""


def document(found: WhatIf) -> Document:
    """What would be traded, and value, cash, risk and drift before and after it."""
    show = f"ballast whatif {found.portfolio} --json"
    parts: tuple[AnyPart, ...] = (
        _notes("first", "Read first", FIRST, show, _first(found)),
        _trades(found, show),
        _standing(found, show),
        _drift(found, show),
        _notes("held", "Why trades are held", NEEDED, show, _held(found.trades)),
        _notes(
            "findings", f"Risk checks: {passed(found.checks)}", USEFUL, show,
            findings(found.checks, found.currency, ("unknown", "warn")),
        ),
    )  # fmt: skip
    subject = f"What if · {found.portfolio} · {found.session}"
    where = Facts("where", "Where", FIRST, show, tuple(_where(found)))
    verdict = Verdict(subject, _decision(found), TONES[found.status])
    return Document(verdict, tuple(one for one in parts if one.rows), where)


def _notes(name: str, caption: str, importance: Importance, show: str, rows: Iterable[Note]) -> Notes:
    return Notes(name, caption, importance, show, tuple(rows))


def _decision(found: WhatIf) -> str:
    """Such as "2 buys, 1 sell, 44,254 USD to trade"."""
    done = [one for one in found.trades if one.status == "proposed"]
    held = len(found.trades) - len(done)
    if not found.trades:
        return "Nothing would be traded"
    said = [to_trade(done, found.currency)] if done else []
    return "; ".join([*said, *([f"{held} HELD"] if held else [])])


def _first(found: WhatIf) -> Iterator[Note]:
    asked = "; ".join(found.asked) or "the portfolio as it is"
    yield note(f"{asked[:1].upper()}{asked[1:]}. Nothing is stored.")
    if found.disabled:
        yield note(f"{found.disabled[:1].upper()}{found.disabled[1:]}.", "bad")
    if found.historical:
        yield note(f"Prices of {found.session}, which is not the last completed session.", "warning")
    if found.stale:
        yield note(f"No price of {some(found.stale)} on {found.session}.", "bad")
    if found.shortfall:
        yield note(f"It cannot be raised: {amount(found.shortfall, found.currency)} are missing.", "bad")
    if found.accounts:
        yield note(f"{count(found.accounts, 'account')}: all figures are sums over them.")


def _trades(found: WhatIf, show: str) -> Table:
    orders = sorted(found.trades, key=lambda one: one.status == "held")
    rows = tuple(_trade(one, found.currency) for one in orders)
    return Table("trades", "Trades", NEEDED, show, ("order", "limit", "value", "weight"), rows, brief=2)


def _trade(one: TradeRow, currency: str) -> Row:
    held = one.status == "held"
    return row(
        named(one),
        price(one.limit_price, one.currency, currency),
        rounded(one.notional, currency),
        f"{_weight(one.weight_before)} → {_weight(one.weight_after)}",
        tone="bad" if held else "good",
    )


def _weight(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.1%}"


def _standing(found: WhatIf, show: str) -> Table:
    """Value, cash and risk, before and after; cost and tax."""
    before, after, unit = found.before, found.after, found.currency
    money = [("Value", before.value, after.value), ("Cash", before.cash, after.cash)]
    risks = [
        ("Volatility a year", before.volatility, after.volatility),
        ("VaR 95%, one day", before.var_95, after.var_95),
        ("CVaR 95%, one day", before.cvar_95, after.cvar_95),
        ("Total drift", _total(before.drift), _total(after.drift)),
    ]
    sums = [("Cost up to", found.cost), ("Gain realised", found.gain), ("Tax", found.tax)]
    rows = [
        *(row(name, _money(one, unit), _money(two, unit)) for name, one, two in money),
        *(row(name, share(one), share(two)) for name, one, two in risks),
        *(row(name, "", _money(value, unit)) for name, value in sums if value),
    ]
    return Table("standing", "Before and after", NEEDED, show, ("", "before", "after"), tuple(rows))


def _money(value: float | None, unit: str) -> str:
    return "n/a" if value is None else rounded(value, unit)


def _total(rows: Sequence[DriftRow]) -> float | None:
    """Half the sum of the instruments' drifts: the share of value that would have to move."""
    own = [one.drift for one in rows if one.level == "instrument"]
    return None if None in own else sum(abs(one) for one in own if one is not None) / 2


def _drift(found: WhatIf, show: str) -> Table:
    """Every instrument and class that has drifted by what can be seen, the largest drift before first."""
    later = {(one.level, one.key): one for one in found.after.drift}
    pairs = [(one, later[one.level, one.key]) for one in found.before.drift]
    pairs.sort(key=lambda pair: (pair[0].level != "instrument", -abs(pair[0].drift or 0.0)))
    seen = [pair for pair in pairs if any(one.drift is None or abs(one.drift) >= SEEN for one in pair)]
    rows = tuple(
        row(
            f"class {one.key}" if one.level == "asset_class" else one.key,
            _weight(one.target), _weight(one.actual), _weight(two.actual), _points(one), _points(two),
            tone="warning" if two.breached else "plain",
        )
        for one, two in seen
    )  # fmt: skip
    others = f"; {count(len(pairs) - len(seen), 'other')} within 0.1 points" if len(seen) < len(pairs) else ""
    columns = ("", "target", "before", "after", "drift", "drift after")
    return Table("drift", "Drift", USEFUL, show, columns, rows, note=f"! beyond its band{others}")


def _points(one: DriftRow) -> str:
    return "n/a" if one.drift is None else f"{one.drift * 100:+.1f}{'!' if one.breached else ''}"


def _held(trades: Sequence[TradeRow]) -> Iterator[Note]:
    """Each reason once, with what it holds."""
    reasons: dict[str, list[str]] = {}
    for one in trades:
        if one.held_because:
            reasons.setdefault(one.held_because, []).append(one.symbol)
    for why, symbols in reasons.items():
        yield note(f"{some(symbols, 12)}: {why}", "bad")


def _where(found: WhatIf) -> Iterator[Fact]:
    yield fact("Prices of", f"{found.session}, {found.source}")
    if found.known_at:
        yield fact("Known at", instant(found.known_at, found.time_zone))
