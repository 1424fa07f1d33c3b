"""Every estimator and signal of symbols without a portfolio; the warehouse is neither read nor written."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from math import isnan
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal

from pydantic import Field

from config.calendar_overrides import exchange as corrected
from config.calendars import Calendar
from quant import signals, volatility
from quant.errors import InputError, VendorError
from quant.market.panel import Panel
from quant.plugins import discover
from tasks.context.context import Context
from tasks.context.symbols import require_symbols
from tasks.data.symbol_risk import AS_CHECKED, Options, RiskRow, risk_rows
from tasks.day.check_data import merge_batch
from tasks.day.fetch import batch_of, stage_delivery
from tasks.day.measure import estimates, readings, signal_rows
from tasks.ingest.depth import HISTORY
from tasks.ingest.vendor_request import ask
from tasks.report.data import BeginsRow, GapRow, Row, Stored
from tasks.report.model import SignalRow, VolatilityRow
from tasks.run.plan import check_source
from tasks.snapshot import gaps
from tasks.snapshot.panels import load_panel
from tasks.sources import Delivery, Request
from warehouse.tables.batches import Rejected
from warehouse.tables.found import Volatility
from warehouse.tables.table import of_batches

BATCH = "measure"


Parameters = dict[str, float | int | str | bool]


@dataclass(frozen=True, slots=True)
class MeasureRow(VolatilityRow):
    """What one estimator finds of one symbol, and the parameters that it was given or has fitted."""

    parameters: Parameters = field(default_factory=dict)


class Measures(Row):
    """What `ballast measure --json` prints; numbers unrounded, NaN is null.

    `risk` is of each symbol held alone.
    """

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    measures: list[Stored[MeasureRow]]
    signals: list[Stored[SignalRow]]
    risk: list[RiskRow] = Field(default=[])
    gaps: list[GapRow] = Field(default=[])
    begins: list[BeginsRow] = Field(default=[])


@dataclass(frozen=True)
class Estimated:
    """The measures of one session, whose prices they are, and the earlier rows that the checks rejected."""

    session: date
    source: str
    returns: str
    measures: Measures
    rejected: list[Rejected]


def estimate(
    context: Context,
    symbols: Sequence[str],
    session: date | None,
    source: str | None,
    calendar: str,
    options: Options = AS_CHECKED,
) -> Estimated:
    """Fetch and check as a daily run does, in a scratch warehouse, and measure the symbols on the session.

    Without a session the last completed one of the calendar, without a source the setting's.

    Raises:
        InputError: the session, the source or a symbol is not right, or a symbol has no accepted data on it.
        VendorError: the source did not answer.
    """
    options.check()
    exchange = corrected(context.home, calendar)
    day = exchange.resolve(session, context.now())
    asked = tuple(dict.fromkeys(symbols))
    require_symbols(asked, "ballast measure")
    exchanges = dict.fromkeys(asked, exchange.name)
    name = check_source(context, source, asked, day, exchanges)
    days = exchange.window(day, _history())
    request = Request(
        asked, days[0], day, calendars=exchanges,
        progress=lambda done, of, symbol: context.progress(f"Fetching {symbol}", done, of),
    )  # fmt: skip
    delivery = ask(context, name, request)
    _require_all(delivery)
    with tempfile.TemporaryDirectory(prefix="ballast-measure-") as folder:
        scratch = replace(context, settings=context.settings.elsewhere(Path(folder)))
        panel, rejected = _checked(scratch, name, request, delivery, exchange, days)
    _require_session(panel, rejected, day)
    return Estimated(day, name, delivery.returns, _measures(panel, options), rejected)


def _measures(whole: Panel, options: Options) -> Measures:
    """What each symbol's measurable history gives; no signal calls for an action over a recent gap."""
    panel, found = gaps.measurable(whole), gaps.found(whole, (), {})
    rows = [
        row
        for name, module in discover(volatility).items()
        for row in _estimates(name, module, panel, options)
    ]
    read = signal_rows(readings([panel], panel.symbols), {gap.symbol for gap in found if gap.holds})
    last = {gap.symbol: gap.last for gap in found}

    def first(_: str, count: int) -> date:
        day: date = whole.sessions[-min(count, len(whole.sessions))].item()
        return day

    over = gaps.over_gaps([row for row, _ in rows], volatility, last, first)
    return Measures(
        measures=[
            MeasureRow(row.symbol, row.estimator, row.window, row.annualised, over_gap, parameters)
            for (row, parameters), over_gap in zip(rows, over, strict=True)
        ],
        signals=[
            SignalRow(row.symbol, row.signal, row.value, row.action, row.label, over_gap)
            for row, over_gap in zip(read, gaps.over_gaps(read, signals, last, first), strict=True)
        ],
        risk=risk_rows(panel, options),
        gaps=[GapRow.of(one) for one in found],
        begins=[BeginsRow.of(one) for one in gaps.beginnings(whole)],
    )


def _estimates(
    name: str, estimator: ModuleType, panel: Panel, options: Options
) -> Iterator[tuple[Volatility, Parameters]]:
    """The rows of one estimator, with the parameters that it was given and those that it has fitted."""
    parameters = options.of(_parameters(estimator))
    fits = estimator.fitted(panel, parameters) if hasattr(estimator, "fitted") else [{}] * len(panel.symbols)
    for row, fit in zip(estimates(name, estimator, panel, parameters), fits, strict=True):
        yield row, asdict(parameters) | fit


def _parameters(estimator: ModuleType) -> Any:
    return getattr(estimator, "ON_DEMAND", None) or estimator.Parameters()


def _history() -> int:
    """The sessions asked for: all that any estimator reads, and those that give the move bound its σ."""
    return HISTORY + max(
        int(module.lookback(_parameters(module))) for module in discover(volatility).values()
    )


def _checked(
    scratch: Context,
    source: str,
    request: Request,
    delivery: Delivery,
    exchange: Calendar,
    days: Sequence[date],
) -> tuple[Panel, list[Rejected]]:
    """The panel of the accepted rows, and the rejected ones, by way of a warehouse that is thrown away."""
    batch = batch_of(scratch, BATCH, source, request, delivery)
    stage_delivery(
        scratch, batch, delivery, dict.fromkeys(request.symbols, exchange.name), exchanges=[exchange]
    )
    _, merged = merge_batch(scratch, BATCH, BATCH)
    if merged.known_from is None:
        raise InputError(f"nothing of {source} can be used: {merged.held}.")
    known_from = merged.known_from
    return scratch.warehouse.read(
        lambda db: (
            load_panel(db, source, request.symbols, days, known_from),
            of_batches(db, BATCH, Rejected),
        )
    )


def _require_all(delivery: Delivery) -> None:
    """Refuse a delivery without one of the symbols."""
    for error in delivery.errors:
        if error.kind in {"delisted", "empty"}:
            raise InputError(
                f"symbol {error.symbol!r} cannot be measured: {error.error}. "
                "Check its spelling, or choose another session or source."
            )
        raise VendorError(f"{error.symbol} was not delivered ({error.kind}): {error.error}")


def _require_session(panel: Panel, rejected: Sequence[Rejected], session: date) -> None:
    """Refuse symbols whose bar of the session is missing, or that had a row of it rejected."""
    missing = [symbol for symbol, close in zip(panel.symbols, panel.traded[-1], strict=True) if isnan(close)]
    broken = {row.symbol or "": row.rule for row in rejected if row.session == session}
    if found := dict.fromkeys(missing, "no bar") | broken:
        reasons = ", ".join(f"{symbol} ({rule})" for symbol, rule in sorted(found.items()))
        raise InputError(
            f"no accepted data on {session}: {reasons}. Leave such symbols out, or choose another session "
            "or source."
        )
