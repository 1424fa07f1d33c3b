"""The tables of a report, as parts of its document."""

from collections.abc import Collection, Sequence

from tasks.context.words import share
from tasks.report.document import NAME, Importance, Place, Row, Table, line, rest, row
from tasks.report.model import Report, SignalRow, VolatilityRow
from tasks.report.orders import orders
from tasks.report.quality import quality
from tasks.report.words import wording
from tasks.report.words.check_words import passed, summed
from warehouse.tables.found import DriftRow

NEAREST = 3
"""Where no band is breached, so many drifts that are nearest to theirs are in a message."""
BREACHED = 12
"""Of breached bands so many are in a message."""

DETAIL, USEFUL = Importance.DETAIL, Importance.USEFUL


def tables(report: Report, show: str) -> dict[str, Table]:
    """Every table that has rows, by its name."""
    found = (
        orders(report, show), _drift(report, show), _checks(report, show), _allocation(report, show),
        _risk(report, show), *measures(report.volatility, report.signals, show), quality(report, show),
    )  # fmt: skip
    return {table.name: table for table in found if table.rows}


def _drift(report: Report, show: str) -> Table:
    """The breached first, then by how much of a band is used, so that a cut hides none behind a quiet one."""
    ordered = sorted(report.drift, key=lambda one: (not one.breached, -_used(one)))
    columns = ("of", "target", "actual", "drift", "band", "")
    symbols = {one.key for one in ordered if one.level == "instrument"}
    rows = tuple(_drifted(one, symbols) for one in ordered)
    breached = sum(one.breached for one in ordered)
    caption = f"Drift: {wording.breaches(report)}" if rows else "Drift"
    head = min(breached, BREACHED) or NEAREST
    return Table("drift", caption, USEFUL, rest(show, len(rows)), columns, rows, head=head)


def _used(one: DriftRow) -> float:
    """How much of its band a drift uses; what is not known, or has no band, comes first."""
    return abs(one.drift) / one.band if one.drift is not None and one.band else float("inf")


def _drifted(one: DriftRow, symbols: Collection[str]) -> Row:
    digits = 2 if one.breached and abs(_used(one) - 1) < 0.01 else 1  # else a breach prints as its band
    return row(
        f"class {one.key}" if one.level == "asset_class" and one.key in {*symbols, "none"} else one.key,
        _percent(one.target, digits),
        _percent(one.actual, digits),
        _percent(one.drift, digits, "+"),
        f"±{_percent(one.band, digits)}",
        "breach" if one.breached else "",
        tone="warning" if one.breached else "plain",
        at=one.drift / one.band if one.drift is not None and one.band else None,
    )


def _percent(value: float | None, digits: int, sign: str = "") -> str:
    return "n/a" if value is None else f"{value:{sign}.{digits}%}"


def _checks(report: Report, show: str) -> Table:
    rows = tuple(summed(report.checks, report.currency))
    columns = ("", "check", "of", "found", "allowed")
    said = "Of those that passed, the nearest to its limit."
    caption, where = f"Risk checks: {passed(report.checks)}", f"{show} --json"
    return Table("checks", caption, DETAIL, where, columns, rows, 3, said, place=Place.THREAD)


def _allocation(report: Report, show: str) -> Table:
    """The weights in force beside those of the portfolio file, where a model may set them."""
    found = report.allocation
    weights = [] if found is None or found.status == "fixed" else found.weights
    rows = tuple(row(one.symbol, share(one.strategic), share(one.target)) for one in weights)
    columns = ("symbol", "strategic", "target")
    return Table(
        "allocation", "Target weights", DETAIL, rest(show, len(rows)), columns, rows, place=Place.PAGE
    )


def _risk(report: Report, show: str) -> Table:
    parts = report.risk.contributions if report.risk else []
    rows = tuple(
        row(one.symbol, *map(share, (one.weight, one.marginal, one.contribution, one.share))) for one in parts
    )
    columns = ("symbol", "weight", "marginal", "contribution", "share")
    caption, where = "By position", rest(show, len(rows))
    return Table("risk", caption, DETAIL, where, columns, rows, place=Place.THREAD)


def measures(volatility: Sequence[VolatilityRow], signals: Sequence[SignalRow], show: str) -> list[Table]:
    """Symbols by estimators and, last, by signals; an estimator that is unknown for all is only named."""
    names = dict.fromkeys(one.estimator for one in volatility)
    known = {one.estimator for one in volatility if one.annualised is not None}
    unknown = [name for name in names if name not in known]
    said = f"Not known of any symbol: {', '.join(unknown)}." if unknown else ""
    found = [(one.symbol, one.estimator, share(one.annualised)) for one in volatility]
    columns, rows = _by_symbol([one for one in found if one[1] in known])
    where = rest(show, len(rows))
    first = Table(
        "volatility", "Volatility a year", DETAIL, where, columns, rows, note=line(said), place=Place.PAGE
    )
    columns, rows = _by_symbol([(one.symbol, one.signal, _signal_cell(one)) for one in signals])
    caption = "Signals (for study, they create no trades)"
    where = rest(show, len(rows))
    return [first, Table("signals", caption, USEFUL, where, columns, rows, place=Place.PAGE)]


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
