"""The orders of a report: a line for each, and what several of them share said once."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from tasks.context.words import amount, count, instant, price, quantity, rounded, share, some
from tasks.report.document import Importance, Note, Notes, Place, Row, Table, note, rest, row
from tasks.report.model import Report, TradeRow
from tasks.report.words import wording

CLASSES = 20
"""Of the classes of too many orders so many are named."""
NAMED = 12
"""Of the symbols that share a purpose so many are named."""
NEEDED, USEFUL = Importance.NEEDED, Importance.USEFUL


def orders(report: Report, show: str) -> Table:
    """Every order, those to be done first, sales before purchases; each with why it is wanted."""
    ordered = sorted(report.trades, key=lambda one: (one.status == "held", one.side == "BUY"))
    rows = tuple(_order(one, report.currency) for one in ordered)
    columns = ("order", "limit", "value", "weight", "cost up to")
    instead = Notes("trades", "Orders", NEEDED, show, tuple(_summary(report, show)))
    return Table("trades", "Orders", NEEDED, rest(show, len(rows)), columns, rows, brief=2, instead=instead)


def terms(report: Report) -> Iterator[Note]:
    """Until when the orders hold, what called for them, where they lead, and what has become of them."""
    if report.trades:
        yield note(f"Limit orders; they expire {_expiry(report)}.")
    for sentence in (wording.called_for(report), *_purposes(report), wording.allocated(report)):
        yield note(sentence)
    yield note(wording.constructed(report.construction), "warning")
    for sentence in (wording.expected_costs(report), wording.taxed(report)):
        yield note(sentence)
    if moved := [_stands(one) for one in report.trades if one.state in {"approved", "rejected", "executed"}]:
        yield note(f"Since then: {', '.join(moved)}.", "warning")


def taxes(report: Report, show: str) -> Notes | None:
    """The gains and the tax of each sale, for the reply that has the details."""
    said = tuple(note(sentence) for sentence in wording.taxes(report))
    return Notes("taxes", "Taxes", USEFUL, show, said, place=Place.THREAD) if said else None


def csv_name(report: Report) -> str:
    """What the file with the orders is called; letters that a file's name may not have become "-"."""
    safe = "".join(one if one.isalnum() or one in "-_" else "-" for one in report.portfolio)[:60]
    return f"orders-{safe}-{report.session}.csv"


def named(one: TradeRow) -> str:
    """An order, such as "HELD BUY 829 BAC"."""
    return f"{'HELD ' if one.status == 'held' else ''}{one.side} {quantity(one.quantity)} {one.symbol}"


def _order(one: TradeRow, currency: str) -> Row:
    held = one.status == "held"
    return row(
        named(one),
        price(one.limit_price, one.currency, currency),
        amount(one.notional, currency),
        f"{share(one.weight_before)} → {share(one.weight_after)}",
        amount(one.cost, currency),
        tone="bad" if held else "good",
        notes=(one.reason,),
    )


def _purposes(report: Report) -> Iterator[str]:
    """Where the orders lead, once for all that lead there: a reason ends with it, behind its colon.

    Reasons without a purpose (a harvested loss, a person's own order) stand with their orders.
    """
    symbols: dict[str, list[str]] = {}
    for one in report.trades:
        purpose = one.reason.rpartition(": ")[2] if one.status == "proposed" else ""
        for verb in ("sell ", "buy "):
            if purpose.startswith(verb):
                symbols.setdefault(purpose.removeprefix(verb).partition(", cut ")[0], []).append(one.symbol)
    for purpose, names in symbols.items():
        whole = len(symbols) == 1 and len(names) == sum(one.status == "proposed" for one in report.trades)
        yield f"{'All' if whole else some(names, NAMED)} {purpose}."


def _expiry(report: Report) -> str:
    """When the orders expire: each exchange has its own next close."""
    symbols: dict[str, list[str]] = {}
    for one in report.trades:
        symbols.setdefault(instant(one.expires, report.time_zone), []).append(one.symbol)
    if len(symbols) == 1:
        return next(iter(symbols))
    return "; ".join(f"{moment} ({some(names)})" for moment, names in symbols.items())


def _stands(one: TradeRow) -> str:
    """What has become of an order, e.g. "SELL SPY rejected", "BUY EFA executed (100 of 181)"."""
    filled = f" ({quantity(one.filled)} of {quantity(one.quantity)})" if one.filled else ""
    return f"{one.side} {one.symbol} {one.state}{filled}"


def _summary(report: Report, show: str) -> Iterator[Note]:
    """Instead of the orders how many of each class and how large, the largest first, and who has them all."""
    classes = defaultdict[tuple[bool, str, str], list[float]](list)
    for one in report.trades:
        classes[one.status == "held", one.side, one.asset_class or "no class"].append(one.notional)
    many = count(len(report.trades), "order")
    yield note(f"{many} are too many for a message. All of them: the file {csv_name(report)}, or {show}")
    largest = sorted(classes.items(), key=lambda found: (found[0][0], -sum(found[1])))
    for (held, side, name), notionals in largest[:CLASSES]:
        text = f"{'HELD ' if held else ''}{side} {name}: {_sum(notionals, report.currency)}"
        yield note(text, "bad" if held else "good")
    if other := [one for _, notionals in largest[CLASSES:] for one in notionals]:
        yield note(f"other classes: {_sum(other, report.currency)}")


def _sum(notionals: Sequence[float], currency: str) -> str:
    return f"{count(len(notionals), 'order')}, {rounded(sum(notionals), currency)}"
