"""The tables of a report, as parts of its document."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from tasks.context.words import amount, count, price, quantity, rounded, share
from tasks.report.check_words import summed
from tasks.report.document import NAME, SCREEN, Importance, Note, Notes, Row, Table, line, note, row
from tasks.report.model import Report, SignalRow, TradeRow, VolatilityRow
from warehouse.tables.found import DriftRow

CLASSES = 20
"""Of the classes of too many orders so many are named."""

DETAIL, USEFUL, NEEDED = Importance.DETAIL, Importance.USEFUL, Importance.NEEDED


def tables(report: Report, show: str) -> dict[str, Table]:
    """Every table that has rows, by its name."""
    found = (
        _trades(report, show), _drift(report, show), _checks(report, show), _allocation(report, show),
        _risk(report, show), *measures(report.volatility, report.signals, show),
    )  # fmt: skip
    return {table.name: table for table in found if table.rows}


def rest(show: str, rows: int) -> str:
    """The command that shows all of so many rows."""
    return show if rows <= SCREEN else f"{show} --json"


def _trades(report: Report, show: str) -> Table:
    """Every order, those to be done first; each with why it is wanted."""
    orders = sorted(report.trades, key=lambda one: one.status == "held")
    rows = tuple(_trade(one, report.currency) for one in orders)
    columns = ("order", "limit", "value", "weight", "cost up to")
    instead = Notes("trades", "Trades", NEEDED, show, tuple(_summary(report, show)))
    return Table("trades", "Trades", NEEDED, rest(show, len(rows)), columns, rows, brief=2, instead=instead)


def _trade(one: TradeRow, currency: str) -> Row:
    held = one.status == "held"
    return row(
        f"{'HELD ' if held else ''}{one.side} {quantity(one.quantity)} {one.symbol}",
        price(one.limit_price, one.currency, currency),
        amount(one.notional, currency),
        f"{share(one.weight_before)} → {share(one.weight_after)}",
        amount(one.cost, currency),
        tone="bad" if held else "good",
        notes=(one.reason,),
    )


def _summary(report: Report, show: str) -> Iterator[Note]:
    """Instead of the orders how many of each class and how large, the largest first, and who has them all."""
    classes = defaultdict[tuple[bool, str, str], list[float]](list)
    for one in report.trades:
        classes[one.status == "held", one.side, one.asset_class or "no class"].append(one.notional)
    file = f"HOME/reports/{report.run_id}.json"
    yield note(
        f"{count(len(report.trades), 'order')} are too many for a message. All of them: {file}, or {show}"
    )
    largest = sorted(classes.items(), key=lambda found: (found[0][0], -sum(found[1])))
    for (held, side, name), notionals in largest[:CLASSES]:
        text = f"{'HELD ' if held else ''}{side} {name}: {_sum(notionals, report.currency)}"
        yield note(text, "bad" if held else "good")
    if other := [one for _, notionals in largest[CLASSES:] for one in notionals]:
        yield note(f"other classes: {_sum(other, report.currency)}")


def _sum(notionals: Sequence[float], currency: str) -> str:
    return f"{count(len(notionals), 'order')}, {rounded(sum(notionals), currency)}"


def _drift(report: Report, show: str) -> Table:
    """The breached first, so that a cut hides none behind a quiet one."""
    ordered = sorted(report.drift, key=lambda one: not one.breached)
    columns = ("of", "target", "actual", "drift", "band", "")
    rows = tuple(_drifted(one) for one in ordered)
    return Table("drift", "Drift", USEFUL, rest(show, len(rows)), columns, rows)


def _drifted(one: DriftRow) -> Row:
    return row(
        one.key if one.level == "instrument" else f"class {one.key}",
        share(one.target),
        share(one.actual),
        share(one.drift, "+"),
        f"±{share(one.band)}",
        "BREACHED" if one.breached else "",
        tone="warning" if one.breached else "plain",
        at=one.drift / one.band if one.drift is not None and one.band else None,
    )


def _checks(report: Report, show: str) -> Table:
    rows = tuple(summed(report.checks, report.currency))
    columns = ("", "check", "of", "found", "allowed")
    said = "Of those that passed, the nearest to its limit."
    return Table("checks", "Checks in numbers", DETAIL, f"{show} --json", columns, rows, 3, said)


def _allocation(report: Report, show: str) -> Table:
    """The weights in force beside those of the portfolio file, where a model may set them."""
    found = report.allocation
    weights = [] if found is None or found.status == "fixed" else found.weights
    rows = tuple(row(one.symbol, share(one.strategic), share(one.target)) for one in weights)
    columns = ("symbol", "strategic", "target")
    return Table("allocation", "Target weights", DETAIL, rest(show, len(rows)), columns, rows)


def _risk(report: Report, show: str) -> Table:
    parts = report.risk.contributions if report.risk else []
    rows = tuple(
        row(one.symbol, *map(share, (one.weight, one.marginal, one.contribution, one.share))) for one in parts
    )
    columns = ("symbol", "weight", "marginal", "contribution", "share")
    return Table("risk", "Volatility by position", DETAIL, rest(show, len(rows)), columns, rows)


def measures(volatility: Sequence[VolatilityRow], signals: Sequence[SignalRow], show: str) -> list[Table]:
    """Symbols by estimators and, last, by signals; an estimator that is unknown for all is only named."""
    names = dict.fromkeys(one.estimator for one in volatility)
    known = {one.estimator for one in volatility if one.annualised is not None}
    unknown = [name for name in names if name not in known]
    said = f"Not known of any symbol: {', '.join(unknown)}." if unknown else ""
    found = [(one.symbol, one.estimator, share(one.annualised)) for one in volatility]
    columns, rows = _by_symbol([one for one in found if one[1] in known])
    where = rest(show, len(rows))
    first = Table("volatility", "Volatility a year", DETAIL, where, columns, rows, note=line(said))
    columns, rows = _by_symbol([(one.symbol, one.signal, _signal_cell(one)) for one in signals])
    caption = "Signals (for study, they create no trades)"
    return [first, Table("signals", caption, USEFUL, rest(show, len(rows)), columns, rows)]


def _by_symbol(found: Sequence[tuple[str, str, str]]) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """The columns, one for each measure, and a row for each symbol, of (symbol, measure, cell)."""
    cells = {(symbol, measure): cell for symbol, measure, cell in found}
    columns = [*dict.fromkeys(measure for _, measure, _ in found)]
    symbols = dict.fromkeys(symbol for symbol, _, _ in found)
    rows = (row(one, *(cells.get((one, column), "–") for column in columns)) for one in symbols)
    return ("symbol", *(line(column, NAME) for column in columns)), tuple(rows)


def _signal_cell(signal: SignalRow) -> str:
    value = "–" if signal.value is None else f"{signal.value:+.2f}"
    return f"{signal.action or signal.label or ''} {value}".strip()
