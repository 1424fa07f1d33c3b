"""The digest in the terminal: one screen that says what to trade today, why, and what stands against it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from flows.terminal.where import where
from tasks.context.words import amount, instant, price, quantity, share, some
from tasks.report.data import Data
from tasks.report.model import CheckRow, DriftRow, Report, SignalRow, TradeRow, VolatilityRow
from tasks.report.wording import (
    accepted,
    allocated,
    called_for,
    constructed,
    earlier,
    expected_costs,
    headline,
    holes,
    in_doubt,
    live,
    named,
    of_accounts,
    proposal,
    standing,
    taxed,
    together,
)

COLOURS = {"recommended": "green", "partial": "yellow", "held": "red", "failed": "red", "no_action": "cyan"}
SEVERITIES = {"critical": "bold red", "warning": "yellow", "info": "cyan"}
SHOWN = 8  # quarantined rows, errors: the rest is counted
MOST = 100  # rows of a table but that of the orders, and symbols
Measure = TypeVar("Measure", VolatilityRow, SignalRow)


def render(report: Report, home: Path) -> RenderableType:
    """The whole digest; `home` tells where previews and Data Docs lie."""
    return Group(
        _title(report),
        *_alerts(report),
        *_accounts(report),
        *_drift(report),
        *_trades(report),
        *_checks(report),
        *_data(report),
        *_risk(report),
        *volatility(_of_first(report.volatility), _of_first(report.signals)),
        *_more(len({row.symbol for row in report.volatility}), "symbols"),
        *where(report, home),
    )


def _title(report: Report) -> Panel:
    value, cash = amount(report.value, report.currency), amount(report.cash, report.currency)
    lines = [f"[bold]Value[/] {value}   [bold]Cash[/] {cash}{_benchmark(report)}"]
    if doubt := in_doubt(report):
        lines.append(f"[bold red]{escape(doubt[:1].upper() + doubt[1:])}[/]")
    if report.historical:
        lines.append("[yellow]HISTORICAL: a past session, for study and not for trading[/]")
    if report.data.illustration:
        lines.append(f"[magenta]ILLUSTRATION: {escape(report.data.illustration)}[/]")
    lines += [f"[yellow]{escape(sentence)}[/]" for sentence in (*live(report), *standing(report))]
    if report.error:
        lines.append(f"[red]{escape(report.error)}[/]")
    name = named(report) + (f" · {report.account}" if report.account else "")
    title = f"[bold]{escape(name)}[/] · {report.session} · {headline(report)}"
    return Panel("\n".join(lines), title=title, title_align="left", border_style=COLOURS[report.status])


def _benchmark(report: Report) -> str:
    if report.benchmark.symbol is None:
        return ""
    day, month = _signed(report.benchmark.day), _signed(report.benchmark.month)
    return f"   [bold]{escape(report.benchmark.symbol)}[/] {day} on the day, {month} this month"


def _alerts(report: Report) -> Iterator[RenderableType]:
    for alert in report.alerts[:MOST]:
        doubt = "" if alert.confirmed else " (unconfirmed)"
        text = f"{alert.severity.upper()} {alert.symbol} {_signed(alert.move)}: {alert.detail}{doubt}"
        yield Text(text, style=SEVERITIES[alert.severity])
    yield from _more(len(report.alerts), "alerts")


def _accounts(report: Report) -> Iterator[RenderableType]:
    lines = of_accounts(report)
    if lines:
        yield _heading("Accounts, and the largest drifts")
    for line in lines:
        yield Text(line)


def _drift(report: Report) -> Iterator[RenderableType]:
    if not report.drift:
        return
    table = _table("Drift", "key", ">target", ">actual", ">drift", ">band", "")
    breached_first = sorted(report.drift, key=lambda row: not row.breached)
    for row in report.drift if len(report.drift) <= MOST else breached_first[:MOST]:
        label = ("" if row.level == "instrument" else "[dim]class[/] ") + escape(row.key)
        cells = (share(row.target), share(row.actual), _signed(row.drift), f"±{share(row.band)}")
        table.add_row(label, *cells, _gauge(row), style="bold yellow" if row.breached else "")
    yield table
    yield from _more(len(report.drift), "drifts")
    for sentence in (allocated(report), called_for(report)):
        if sentence:
            yield Text(sentence)


def _gauge(row: DriftRow) -> str:
    """Where the drift stands between the edges of its band: |····•····|; beyond an edge it is marked."""
    if row.drift is None or not row.band:
        return "breached" if row.breached else ""
    place = round(max(-1.0, min(1.0, row.drift / row.band)) * 5) + 5
    track = "".join("●" if index == place else "│" if index == 5 else "·" for index in range(11))
    return f"▏{track}▕" + (" breached" if row.breached else "")


def _trades(report: Report) -> Iterator[RenderableType]:
    if report.trades:
        yield from _orders(report)
    elif report.status != "failed":  # nobody knows what that run would have traded
        yield Text("No trades.")
    for line in (constructed(report.construction), expected_costs(report), *taxed(report)[:MOST]):
        if line:
            yield Text(line)
    yield from _more(len(taxed(report)), "sales with gains")
    for rate in report.data.fx if report.trades else ():
        yield Text(f"Converted at {rate.pair} {rate.rate:,.6g} of {rate.session}.", style="dim")


def _orders(report: Report) -> Iterator[RenderableType]:
    table = _table("Trades", "", "symbol", ">quantity", ">limit", ">notional", ">weight", ">cost")
    for row in report.trades:
        held = row.status == "held"
        side = f"[red]HELD[/] {row.side}" if held else f"[green]{row.side}[/]"
        weights = f"{share(row.weight_before)} → {share(row.weight_after)}"
        money = (
            quantity(row.quantity),
            price(row.limit_price, row.currency, report.currency),
            amount(row.notional, ""),
        )
        table.add_row(side, escape(row.symbol), *money, weights, amount(row.cost, ""))
    yield table
    for row in report.trades[:MOST]:
        yield Text(f"{row.reason}.")
        if row.status == "held":
            yield Text(f"  HELD: {row.held_because}", style="red")
    yield from _more(len(report.trades), "reasons")
    yield Text(f"Limit orders; they expire {_expiry(report)}.", style="dim")
    if moved := [_stands(row) for row in report.trades if row.state in {"approved", "rejected", "executed"}]:
        yield Text(f"Since then: {', '.join(moved)}.", style="yellow")


def _stands(row: TradeRow) -> str:
    """What has become of a trade, e.g. "SELL SPY rejected", "BUY EFA executed (100 of 181)"."""
    filled = f" ({quantity(row.filled)} of {quantity(row.quantity)})" if row.filled else ""
    return f"{row.side} {row.symbol} {row.state}{filled}"


def _expiry(report: Report) -> str:
    """When the orders expire: each exchange has its own next close."""
    symbols: dict[str, list[str]] = {}
    for row in report.trades:
        symbols.setdefault(instant(row.expires, report.time_zone), []).append(row.symbol)
    if len(symbols) == 1:
        return next(iter(symbols))
    return "; ".join(f"{moment} ({', '.join(names)})" for moment, names in symbols.items())


def _checks(report: Report) -> Iterator[RenderableType]:
    if not report.checks:
        return
    passed = sum(check.status == "pass" for check in report.checks)
    groups: dict[tuple[str, str], list[CheckRow]] = {}
    for row in report.checks:
        if row.status != "pass":
            groups.setdefault((row.check, row.status), []).append(row)
    table = _table(f"Checks ({passed} passed)", "", "check", "scope", ">value", ">limit", "rule")
    for column in table.columns:
        column.overflow = "fold"  # a check whose name is cut cannot be looked up
    for (check, status), rows in groups.items():
        if status == "unknown" and len(rows) > 1:
            scope, why = together(rows)
            table.add_row(_status(status), check, scope, "–", "", escape(why))
            continue
        for row in rows[:MOST]:
            numbers = (_number(row.value), _number(row.limit))
            table.add_row(_status(status), check, escape(row.scope), *numbers, escape(row.rule))
    yield from _more(max(map(len, groups.values()), default=0), "findings of a check")
    yield table if table.rows else Text(f"All risk checks passed ({passed}).", style="green")


def _status(status: str) -> str:
    colour = {"block": "red", "warn": "yellow", "unknown": "magenta"}[status]
    return f"[{colour}]{status.upper()}[/]"


def _risk(report: Report) -> Iterator[RenderableType]:
    if report.risk is None or not report.risk.contributions:
        return
    title = f"Risk: volatility {_percent(report.risk.volatility)} a year, by position"
    table = _table(title, "symbol", ">weight", ">marginal", ">contribution", ">share")
    table.min_width = len(title)
    for row in report.risk.contributions[:MOST]:
        cells = (row.weight, row.marginal, row.contribution, row.share)
        table.add_row(escape(row.symbol), *map(_percent, cells))
    yield table
    yield from _more(len(report.risk.contributions), "positions")


def volatility(rows: Sequence[VolatilityRow], signals: Sequence[SignalRow]) -> Iterator[RenderableType]:
    """Symbols by estimators and, last, by signals; an estimator that is unknown for all is only named."""
    known = {row.estimator for row in rows if row.annualised is not None}
    estimators = list(dict.fromkeys(row.estimator for row in rows))
    found = {(row.symbol, row.estimator): _percent(row.annualised) for row in rows if row.estimator in known}
    if rows:
        yield _by_symbol("Volatility a year", found)
    if unknown := [name for name in estimators if name not in known]:
        yield Text(f"Not known of any symbol: {', '.join(unknown)}.", style="dim")
    if signals:
        told = {(row.symbol, row.signal): _told(row) for row in signals}
        yield _by_symbol("Signals (for study, they create no trades)", told)


def _by_symbol(title: str, cells: Mapping[tuple[str, str], str]) -> Table:
    """A row for each symbol, a column for each measure; narrow enough for 80 columns."""
    columns = list(dict.fromkeys(name for _, name in cells))
    table = _table(title, "symbol", *(">" + name.replace("_", "\n") for name in columns))
    table.padding, table.min_width = 0, len(title)
    for symbol in dict.fromkeys(symbol for symbol, _ in cells):
        table.add_row(escape(symbol), *(cells.get((symbol, name), "–") for name in columns))
    return table


def _of_first(rows: Sequence[Measure]) -> Sequence[Measure]:
    """The rows of the first symbols."""
    few = {*list(dict.fromkeys(row.symbol for row in rows))[:MOST]}
    return [row for row in rows if row.symbol in few]


def _more(total: int, what: str) -> Iterator[RenderableType]:
    """How many there are beyond those shown."""
    if total > MOST:
        yield Text(f"… and {total - MOST:,} more {what}: ballast show --json lists them.", style="dim")


def _percent(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.1%}"


def _told(signal: SignalRow) -> str:
    value = "–" if signal.value is None else f"{signal.value:+.2f}"
    return f"{signal.action or signal.label or ''} {value}".strip()


def _data(report: Report) -> Iterator[RenderableType]:
    data = report.data
    yield _heading("Data")
    yield Text(
        f"{data.source}: {data.rows_new} new rows, {data.rows_restated} restated; {report.returns} returns."
    )
    if data.held:
        yield Text(f"The batch was held: {data.held}", style="red")
    served = [f"{symbol} is served by {source}." for symbol, source in data.served_by.items()]
    vouched, missing = map(accepted, data.accepted), holes(data.gaps, data.begins)
    for lines, what in ((served, "symbols"), ([*vouched], "accepted rows"), (missing, "gaps")):
        yield from (Text(line, style="yellow") for line in lines[:MOST])
        yield from _more(len(lines), what)
    if data.earlier:
        yield Text(f"{earlier(data.earlier)}.", style="yellow")
    if data.stale:
        yield Text(f"No accepted bar on {report.session}: {some(data.stale, MOST)}", style="red")
    rejected = [
        f"{row.symbol} {row.session} {row.rule} ({_number(row.value)}){proposal(row)}"
        for row in data.quarantined
    ]
    errors = [f"{row.symbol}: {row.kind}: {row.error}" for row in data.errors]
    kinds = (
        ("Quarantined", rejected, "yellow"), ("Not delivered", errors, "red"), *_vendor_faults(data),
    )  # fmt: skip
    for title, rows, style in kinds:
        for row in rows[:SHOWN]:
            yield Text(f"{title}: {row}", style=style)
        if len(rows) > SHOWN:
            yield Text(f"{title}: {len(rows) - SHOWN} more; see the Data Docs.", style=style)


def _vendor_faults(data: Data) -> Iterator[tuple[str, list[str], str]]:
    repaired = [
        f"{row.symbol} {row.session} {row.kind}: "
        f"{row.field} {_number(row.original)} to {_number(row.repaired)}"
        for row in data.repaired
    ]
    differs = [
        f"{row.symbol} {row.session} {row.kind} ({_number(row.value)})" for row in data.adjusted_differs
    ]
    yield "Repaired", repaired, "yellow"
    yield "Vendor's adjusted close differs", differs, "dim"


def _heading(title: str) -> Text:
    return Text(f"\n{title}", style="bold")


def _table(title: str, *columns: str) -> Table:
    table = Table(
        title=f"\n{title}", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False,
        padding=(0, 1, 0, 0),  # narrow: a number that is cut is worse than none
    )  # fmt: skip
    for column in columns:
        table.add_column(column.lstrip(">"), justify="right" if column.startswith(">") else "left")
    return table


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2%}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.6g}"
