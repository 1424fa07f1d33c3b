"""The orders of a digest: every one of them, in as many words as there is room for.

Too many orders for a message are summed up by class, with the file that has them: never cut, because an order
that is left out looks like one that need not be traded.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from json import dumps
from typing import Any

from tasks.context.words import amount, count, instant, price, quantity, share
from tasks.notifiers.blockkit.text import clean, cost, section
from tasks.report.model import Report, TradeRow

Blocks = list[dict[str, Any]]
MOST = 100
SECTION_ROOM = 2_800
FULL_ROOM = 4_000
"""What orders may take with all that is said of each."""
CLASSES = 20


def orders(report: Report, where: str, room: int) -> Blocks:
    """Sections with every order in at most `room` characters of JSON; none where that is too little.

    None too beyond `MOST` orders.
    """
    if report.trades and len(report.trades) <= MOST:
        for lines, most in (
            ([_full(row, report) for row in ordered(report)], min(room, FULL_ROOM)),
            ([*_short(report, where, reasons=True)], room),
            ([*_short(report, where, reasons=False)], room),
        ):
            blocks = _sections(lines)
            if size(blocks) <= most:
                return blocks
    return []


def summary(report: Report, where: str) -> Blocks:
    """Instead of the orders how many there are; no section without any."""
    return _sections([*_summary(report, where)]) if report.trades else []


def ordered(report: Report) -> list[TradeRow]:
    """What may be traded first, then what is held."""
    return sorted(report.trades, key=lambda row: row.status == "held")


def size(blocks: Sequence[dict[str, Any]]) -> int:
    """The characters of blocks as JSON."""
    return len(dumps(blocks))


def _sections(lines: Sequence[str]) -> Blocks:
    """As many sections as the lines need, no line in two of them."""
    pages, used = [["*Trades*"]], 0
    for line in lines:
        taken = cost(line) + 2
        if used + taken > SECTION_ROOM:
            pages.append([])
            used = 0
        pages[-1].append(line)
        used += taken
    return [section("\n".join(page)) for page in pages]


def _full(row: TradeRow, report: Report) -> str:
    """Two lines for a proposed trade, three for a held one."""
    size = amount(row.notional, clean(report.currency, 12))
    weights = f"{share(row.weight_before)} → {share(row.weight_after)}"
    limit = f"limit {_limit(row, report)}, expires {_expires(row, report)}"
    terms = f"{limit}; {size}, {weights}; cost up to {amount(row.cost)}"
    reason = f"    {clean(row.reason, 400)}"
    if row.status == "proposed":
        return f"*{_order(row)}* {terms}\n{reason}"
    why = clean(row.held_because or "no reason given", 400)
    return f":no_entry: *HELD, do not trade:* {_order(row)} {terms}\n    held because {why}\n{reason}"


def _short(report: Report, where: str, *, reasons: bool) -> Iterator[str]:
    """A line for each order; when they expire and why some are held is said once for all that share it."""
    by_reason = defaultdict[str, list[TradeRow]](list)
    for row in ordered(report):
        if row.status == "proposed":
            yield f"*{_order(row)}* limit {_limit(row, report)}"
        else:
            by_reason[row.held_because or "no reason given"].append(row)
    for why, rows in by_reason.items():
        if reasons:
            yield f"*HELD, do not trade*, because {clean(why, 200)}:"
        yield from (f":no_entry: HELD {_order(row)} limit {_limit(row, report)}" for row in rows)
    expiries = list(dict.fromkeys(_expires(row, report) for row in report.trades))
    when = ", ".join(expiries[:3]) + (" and later" if expiries[3:] else "")
    yield f"They expire {when}. Why, and costs: {where}"


def _summary(report: Report, where: str) -> Iterator[str]:
    """How many orders of each class and how large, the largest first, and the file that has them."""
    rows = defaultdict[tuple[bool, str, str], list[float]](list)
    for row in report.trades:
        rows[row.status == "held", row.side, row.asset_class or "no class"].append(row.notional)
    yield (
        f"{count(len(report.trades), 'order')} are too many for a message. All of them: "
        f"HOME/reports/{clean(report.run_id, 80)}.json, or {where}"
    )
    largest = sorted(rows.items(), key=lambda found: (found[0][0], -sum(found[1])))
    for (held, side, name), notionals in largest[:CLASSES]:
        yield f"{_side(held, side)} {clean(name, 40)}: {_sum(notionals, report)}"
    rest = [notional for _, notionals in largest[CLASSES:] for notional in notionals]
    if rest:
        yield f"other classes: {_sum(rest, report)}"


def _side(held: bool, side: str) -> str:
    return f":no_entry: HELD {side}" if held else f"*{side}*"


def _sum(notionals: Sequence[float], report: Report) -> str:
    return f"{count(len(notionals), 'order')}, {amount(sum(notionals), clean(report.currency, 12))}"


def _order(row: TradeRow) -> str:
    return f"{row.side} {quantity(row.quantity)} {clean(row.symbol, 40)}"


def _limit(row: TradeRow, report: Report) -> str:
    return price(row.limit_price, clean(row.currency, 12), clean(report.currency, 12))


def _expires(row: TradeRow, report: Report) -> str:
    return clean(instant(row.expires, report.time_zone), 40)
