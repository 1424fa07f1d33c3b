"""The report as artifacts of a flow run: what Prefect's pages show of a day."""

import re
from collections.abc import Sequence
from html import escape

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from quant.printable import printable
from tasks.context.words import amount, instant, price, quantity, share
from tasks.report.model import AlertRow, CheckRow, DriftRow, Report, TradeRow
from tasks.report.wording import (
    accepted,
    allocated,
    called_for,
    constructed,
    expected_costs,
    headline,
    holes,
    in_doubt,
    live,
    named,
    of_accounts,
    standing,
    taxed,
)

Cells = dict[str, str]

LISTED = 20
"""Of each kind of trouble with the data so many are listed, and the rest counted."""
MOST = 100
"""So many rows of a table are on the page; the tables beside it and the report have all."""


def publish(report: Report) -> None:
    """Attach the digest and its tables to the current flow run.

    The keys name flow and portfolio, so that each portfolio has a history of its own on the Artifacts page.
    """
    prefix = re.sub(r"[^a-z0-9]+", "-", f"{report.flow} {report.portfolio}".lower()).strip("-")
    title = f"{report.portfolio} on {report.session}"
    page = printable(digest_markdown(report))
    create_markdown_artifact(page, key=f"{prefix}-digest", description=f"Digest: {title}")
    for name, rows in (
        ("trades", trade_rows(report)),
        ("checks", check_rows(report)),
        ("drift", drift_rows(report)),
    ):
        if rows:
            described = f"{name.capitalize()}: {title}"
            shown = [{name: printable(text) for name, text in row.items()} for row in rows]
            create_table_artifact(shown, key=f"{prefix}-{name}", description=described)


def digest_markdown(report: Report) -> str:
    """The whole report as one page of markdown; what stops a trade comes first."""
    parts = [
        f"# {_safe(named(report))}, {report.session}: {headline(report)}",
        *_warnings(report),
        _position(report),
        _section("Accounts", [f"- {_safe(line)}" for line in of_accounts(report)]),
        _section("Alerts", _first([_alert(alert) for alert in report.alerts], "alerts")),
        _section("Trades", _first([_order(row) for row in trade_rows(report)], "orders") or ["No trades."]),
        _section("Costs", _first([f"- {_safe(line)}" for line in costs(report)], "sentences on costs")),
        _section("Drift", _drifts(report)),
        _section("Allocation", _allocation(report)),
        _section("Checks", _checks(report.checks)),
        _section("Risk", _risk(report)),
        _section("Data", _data(report)),
        _section("Notices", [f"- {n.channel}, {n.kind}: {n.state}" for n in report.notices]),
        _footer(report),
    ]
    return "\n\n".join(part for part in parts if part)


def costs(report: Report) -> list[str]:
    """What the trades cost, and why they are not the optimum that was asked for."""
    return [
        line for line in (constructed(report.construction), expected_costs(report), *taxed(report)) if line
    ]


def trade_rows(report: Report) -> list[Cells]:
    """One row per trade, as text for a table."""
    return [_trade(trade, report) for trade in report.trades]


def check_rows(report: Report) -> list[Cells]:
    """One row per risk check, as text for a table; what blocks comes first."""
    order = ("block", "unknown", "warn", "pass")
    return [_check(check) for check in sorted(report.checks, key=lambda check: order.index(check.status))]


def drift_rows(report: Report) -> list[Cells]:
    """One row per instrument and asset class, as text for a table."""
    return [_drift(row) for row in report.drift]


def _trade(trade: TradeRow, report: Report) -> Cells:
    return {
        "status": trade.status.upper() if trade.status == "held" else trade.status,
        "order": f"{trade.side} {quantity(trade.quantity)} {trade.symbol}",
        "limit": price(trade.limit_price, trade.currency, report.currency),
        "notional": amount(trade.notional, report.currency),
        "weight": f"{share(trade.weight_before)} → {share(trade.weight_after)}",
        "reason": trade.reason,
        "held because": trade.held_because or "",
        "expires": instant(trade.expires, report.time_zone),
        "cost": amount(trade.cost),
    }


def _order(row: Cells) -> str:
    """A trade in one line: a table would hide the reason beyond the right edge."""
    held = f" **Held because** {_safe(row['held because'])}." if row["held because"] else ""
    return (
        f"- **{row['status']}** {_safe(row['order'])}, limit {row['limit']}, {row['notional']},"
        f" weight {row['weight']}: {_safe(row['reason'])}.{held}"
    )


def _check(check: CheckRow) -> Cells:
    return {
        "status": check.status,
        "check": check.check,
        "scope": check.scope,
        "value": _number(check.value),
        "limit": _number(check.limit),
        "rule": check.rule,
    }


def _drifts(report: Report) -> list[str]:
    """The drifts, and what they call for."""
    said = called_for(report)
    rows = drift_rows(report)
    if len(rows) > MOST:
        rows.sort(key=lambda row: not row["breached"])
    return [*_rows(rows, "drifts"), *([_safe(said)] if said else [])] if rows else []


def _allocation(report: Report) -> list[str]:
    """The weights in force beside those of the portfolio file, where a model may set them."""
    said = allocated(report)
    if report.allocation is None or not said:
        return []
    rows = [
        {"symbol": row.symbol, "strategic": share(row.strategic), "target": share(row.target)}
        for row in report.allocation.weights
    ]
    return [_safe(said), *_rows(rows, "weights")]


def _drift(row: DriftRow) -> Cells:
    return {
        "level": row.level.replace("_", " "),
        "key": row.key,
        "target": share(row.target),
        "actual": share(row.actual),
        "drift": share(row.drift, "+"),
        "band": share(row.band),
        "breached": "breached" if row.breached else "",
    }


def _warnings(report: Report) -> list[str]:
    """What a reader must know before reading on."""
    historical = "historical: for study, not for trading" if report.historical else None
    data = report.data
    notes = (
        report.error,
        in_doubt(report),
        historical,
        data.illustration,
        data.held,
        *live(report),
        *standing(report),
    )
    return [f"> **{_safe(note)}**" for note in notes if note]


def _position(report: Report) -> str:
    market = report.benchmark
    parts = [f"Value {amount(report.value, report.currency)}, cash {amount(report.cash)}."]
    if market.symbol:
        day, month = share(market.day, "+"), share(market.month, "+")
        parts.append(
            f"{_safe(market.symbol)}: {day} on the day, {month} in the month ({report.returns} returns)."
        )
    return " ".join(parts)


def _footer(report: Report) -> str:
    again = f"`ballast show {report.run_id}` shows it again, `ballast replay {report.run_id}` recomputes it."
    known_at = instant(report.known_at, report.time_zone) if report.known_at else "no time"
    return f"Run `{report.run_id}`, known at {known_at}. {again}"


def _alert(alert: AlertRow) -> str:
    doubt = "" if alert.confirmed else " (unconfirmed)"
    kind = alert.kind.replace("_", " ")
    return f"- **{alert.severity}**{doubt} {_safe(alert.symbol)}, {kind}: {_safe(alert.detail)}"


def _checks(checks: Sequence[CheckRow]) -> list[str]:
    passed = sum(check.status == "pass" for check in checks)
    listed = [
        f"- **{check.status}** {_safe(check.check)}, {_safe(check.scope)}: {_number(check.value)}"
        f" against {_number(check.limit)} ({_safe(check.rule)})"
        for check in checks
        if check.status != "pass"
    ]
    return [*_first(listed, "checks"), f"{passed} of {len(checks)} checks passed."] if checks else []


def _risk(report: Report) -> list[str]:
    """The portfolio's volatility, and each position's part in it as a table."""
    if report.risk is None or not report.risk.contributions:
        return []
    rows = [
        {
            "symbol": row.symbol,
            "weight": share(row.weight),
            "marginal": share(row.marginal),
            "contribution": share(row.contribution),
            "share": share(row.share),
        }
        for row in report.risk.contributions
    ]
    return [f"Volatility {share(report.risk.volatility)} a year.", *_rows(rows, "positions")]


def _data(report: Report) -> list[str]:
    data = report.data
    new = f"{data.rows_new:,} new rows, {data.rows_restated:,} restated, from {_safe(data.source)}."
    kinds = {
        "quarantined rows": [
            f"{_safe(row.symbol)} {row.session} quarantined: {_safe(row.rule)}" for row in data.quarantined
        ],
        "stale symbols": [f"{_safe(symbol)} is stale" for symbol in data.stale],
        "gaps": [_safe(line) for line in holes(data.gaps, data.begins)],
        "symbols served by others": [
            f"{_safe(symbol)} is served by {_safe(name)}" for symbol, name in data.served_by.items()
        ],
        "accepted rows": [_safe(accepted(row)) for row in data.accepted],
        "repaired rows": [
            f"{_safe(row.symbol)} {row.session} repaired, {_safe(row.kind)}: "
            f"{row.field} {_number(row.original)} to {_number(row.repaired)}"
            for row in data.repaired
        ],
        "rates": [f"converted at {_safe(row.pair)} {_number(row.rate)} of {row.session}" for row in data.fx],
        "failures": [f"{_safe(error.symbol)}: {error.kind}, {_safe(error.error)}" for error in data.errors],
    }
    told = [
        line for what, found in kinds.items() for line in _first([f"- {one}" for one in found], what, LISTED)
    ]
    return [*told, new]


def _first(lines: Sequence[str], what: str, most: int = MOST) -> list[str]:
    """The first lines of a list, and how many more there are."""
    return [*lines[:most], *(f"- {said}" for said in _more(len(lines) - most, what))]


def _rows(rows: Sequence[Cells], what: str) -> list[str]:
    """The first rows as a table, and how many more there are; nothing without any."""
    return [_table(rows[:MOST]), *_more(len(rows) - MOST, what)] if rows else []


def _more(rest: int, what: str) -> list[str]:
    return [f"and {rest:,} more {what}: `ballast show --json` lists them"] if rest > 0 else []


def _section(title: str, lines: Sequence[str]) -> str:
    # A blank line ends a list; without one the sentence after it would belong to the last point.
    separated = ["\n" + line if not line.startswith("- ") else line for line in lines]
    return "\n".join([f"## {title}", *separated]) if lines else ""


def _table(rows: Sequence[Cells]) -> str:
    """A markdown table; the columns are the keys of the first row."""
    columns = list(rows[0])
    lines = [columns, ["---"] * len(columns), *([_safe(row[column]) for column in columns] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _safe(text: str) -> str:
    """Text that markdown shows as it is: no cell ends early, nothing becomes a tag, link or emphasis."""
    quoted = re.sub(r"([\\`*_\[\]|~])", r"\\\1", escape(text, quote=False))
    return " ".join(quoted.split())


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:,.6g}"
