"""The digest: what a portfolio manager should trade today, why, whether it is allowed, and what is wrong."""

import re
from collections.abc import Iterator
from typing import Any

from tasks.notifiers.blockkit.alert import alert_line, halts
from tasks.notifiers.blockkit.orders import orders, size
from tasks.notifiers.blockkit.text import clean, context, header, listing, section, table
from tasks.report import CheckRow, DriftRow, Report, SignalRow, TradeRow
from tasks.wording import (
    accepted,
    allocated,
    amount,
    breaches,
    called_for,
    constructed,
    earlier,
    expected_costs,
    headline,
    holes,
    in_doubt,
    instant,
    live,
    named,
    of_accounts,
    proposal,
    share,
    taxed,
    together,
    volatile,
)
from warehouse.ledger import GENESIS

Blocks = list[dict[str, Any]]
TOTAL = 12_000
"""Characters of JSON that a message may take: Slack refuses one of about 13,200."""
RESERVE = 1_800
"""What orders leave to all that is said beside them."""
NAME_WIDTH = 14
DRIFT_HEADING = f"{'':{NAME_WIDTH}} {'target':>8} {'actual':>8} {'drift':>8} {'band':>8}"
# An address that can stand inside <...|...> as it is.
LINK = re.compile(r"https?://[A-Za-z0-9.:/_%#?=~+-]{1,200}")


def digest(report: Report) -> tuple[str, list[dict[str, Any]]]:
    """The fallback text and at most 50 blocks; a part without content is left out.

    Orders come first: where they need the room, all else is cut shorter.
    """
    title = f"{named(report)} · {report.session} · {headline(report)}"
    where = f"`ballast show {clean(report.run_id, 80)}`"
    first = [header(title), *_banners(report, where), section(verdict(report))]
    last = context(_footer(report, where))
    room = TOTAL - size([*first, last])
    trades = orders(report, where, room - RESERVE) if report.trades else []
    alerts, others = _fitting(report, where, room - size(trades))
    return clean(title, 300), [*first, *alerts, *trades, *others, last]


def _fitting(report: Report, where: str, room: int) -> tuple[Blocks, Blocks]:
    """The alerts and the other parts, each with a smaller share of its room until all fit into `room`."""
    for tenths in range(10, 0, -1):
        alerts = list(_alerts(report, where, tenths / 10))
        others = list(_parts(report, where, tenths / 10))
        if size([*alerts, *others]) <= room:
            break
    return alerts, others


def verdict(report: Report) -> str:
    """One paragraph in plain words: what to do, what the portfolio is worth, what the market did."""
    sentences = [
        f"*{clean(_result(report), 400)}.*",
        *([clean(report.error, 300)] if report.error else []),
        *(["Do not trade what is held."] if _held(report) else []),
        breaches(report),
        clean(allocated(report), 300),
        clean(called_for(report), 300),
        clean(constructed(report.construction), 400),
        clean(expected_costs(report), 200),
        clean(" ".join(taxed(report)), 600),
        _worth(report),
        _market(report),
        _risk(report),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _result(report: Report) -> str:
    """The first sentence: the result, and whether the value that it rests on is in doubt."""
    return "; ".join(part for part in (headline(report).capitalize(), in_doubt(report)) if part)


def _banners(report: Report, where: str) -> Iterator[dict[str, Any]]:
    if report.historical:
        yield section(":hourglass: *HISTORICAL*: a past session, for study, not for trading.")
    if report.data.illustration:
        yield section(f":books: *ILLUSTRATION*: {clean(report.data.illustration, 250)}")
    if any(row.check == "kill_switch" and row.status == "block" for row in report.checks):
        yield section(":octagonal_sign: *The kill switch is on*: every trade is held.")
    for sentence in live(report):
        yield section(f":arrows_counterclockwise: {clean(sentence, 400)}")
    yield from halts(report, where)


def _alerts(report: Report, where: str, part: float) -> Iterator[dict[str, Any]]:
    if report.alerts:
        room = int(1200 * part)
        yield listing("Alerts", map(alert_line, report.alerts), len(report.alerts), room, where)


def _parts(report: Report, where: str, part: float) -> Iterator[dict[str, Any]]:
    """The rest, each in `part` of the room that it may take where there is enough."""
    if report.drift:
        # The breached first, so that a cut never hides one behind a quiet row.
        drifts = sorted(report.drift, key=lambda row: not row.breached)
        yield table("Drift", DRIFT_HEADING, map(_drift_row, drifts), len(drifts), int(2400 * part), where)
    if report.accounts:
        told = [clean(line, 300) for line in of_accounts(report)]
        yield listing("Accounts, and the largest drifts", told, len(told), int(900 * part), where)
    if report.checks:
        passed = sum(row.status == "pass" for row in report.checks)
        title = f"Risk checks: {passed} of {len(report.checks)} passed"
        found = list(_check_lines(report.checks))
        yield listing(title, found, len(found), int(1000 * part), where)
    problems = _data_problems(report)
    if problems:
        yield listing("Data problems", problems, len(problems), int(1000 * part), where)
    signals = [row for row in report.signals if row.action in {"Buy", "Sell"}]
    if signals:
        title = "Signals (for information; they create no trades)"
        yield listing(title, map(_signal, signals), len(signals), int(450 * part), where)


def _footer(report: Report, where: str) -> str:
    link = f"<{report.url}|Open the run> or {where}" if LINK.fullmatch(report.url or "") else where
    known_at = clean(instant(report.known_at or "", report.time_zone), 40)
    known = f" · data known at {known_at}" if known_at else ""
    returns = " · price returns: no distributions known" if report.returns == "price" else ""
    # Whoever keeps the message can prove that nothing before it was changed.
    begun = report.ledger is not None and report.ledger.previous != GENESIS
    pinned = f" · ledger `{report.ledger.previous}`" if report.ledger and begun else ""
    return f"Run: {link}{known}{returns}{pinned}"


def _worth(report: Report) -> str:
    if report.value is None:
        return "The portfolio's value cannot be computed."
    cash = f", {amount(report.cash)} of it in cash" if report.cash is not None else ""
    return f"Value {amount(report.value, clean(report.currency, 12))}{cash}."


def _market(report: Report) -> str:
    benchmark = report.benchmark
    if benchmark.symbol is None or (benchmark.day is None and benchmark.month is None):
        return ""
    day, month = share(benchmark.day, "+"), share(benchmark.month, "+")
    return f"{clean(benchmark.symbol, 40)} {day} on the day, {month} this month."


def _risk(report: Report) -> str:
    """How volatile the portfolio is, and the three positions that most of it comes from."""
    found = volatile(report)
    if report.risk is None or report.risk.volatility is None:
        return found
    parts = sorted(report.risk.contributions, key=lambda row: -(row.share or 0.0))[:3]
    said = ", ".join(f"{clean(row.symbol, 40)} {row.share or 0.0:.0%}" for row in parts)
    return f"{found}{f' (most from {said})' if said else ''}."


def _drift_row(row: DriftRow) -> str:
    key = " ".join(row.key.split())
    name = key if row.level == "instrument" else f"[{key}]"
    name = name if len(name) <= NAME_WIDTH else name[: NAME_WIDTH - 1] + "…"
    padding = " " * (NAME_WIDTH - len(name))  # counted before escaping: "&amp;" is one character wide
    cells = f"{share(row.target):>8} {share(row.actual):>8} {share(row.drift, '+'):>8} {share(row.band):>8}"
    return f"{clean(name, 100)}{padding} {cells}{'  BREACHED' if row.breached else ''}"


def _check_lines(rows: list[CheckRow]) -> Iterator[str]:
    """Blocks, then warnings, each by name; then what could not be computed, one line for each check."""
    for status, mark in {"block": ":no_entry: block", "warn": ":warning: warning"}.items():
        for row in rows:
            if row.status == status:
                yield f"{mark}: {_check(row)}"
    unknown: dict[str, list[CheckRow]] = {}
    for row in rows:
        if row.status == "unknown":
            unknown.setdefault(row.check, []).append(row)
    for check, same in unknown.items():
        scope, why = together(same)
        found = f"{clean(check, 40)} of {scope}: {clean(why, 200)}" if len(same) > 1 else _check(same[0])
        yield f":grey_question: unknown: {found}"


def _check(row: CheckRow) -> str:
    found = f"{clean(row.check, 40)} of {clean(row.scope, 40)} is {_measure(row.value)}"
    return f"{found}, limit {_measure(row.limit)} (allowed: {clean(row.rule, 200)})"


def _signal(row: SignalRow) -> str:
    return f"{clean(row.symbol, 40)}: {row.action} ({clean(row.signal, 40)})"


def _measure(value: float | None) -> str:
    return "n/a" if value is None else f"{value:,.4g}"


def _data_problems(report: Report) -> list[str]:
    data = report.data
    held = [f":no_entry: the whole batch was refused: {clean(data.held, 300)}"] if data.held else []
    quarantined = [
        f"quarantined: {clean(row.symbol, 40)} on {clean(row.session, 20)}: {clean(row.rule, 200)} "
        f"(value {_measure(row.value)}){proposal(row)}"
        for row in data.quarantined
    ]
    stale = [
        f"stale: {clean(symbol, 40)} has no accepted bar on {clean(report.session, 20)}"
        for symbol in data.stale
    ]
    old = [clean(earlier(data.earlier), 400)] if data.earlier else []
    errors = [
        f"not fetched: {clean(row.symbol, 40)}: {clean(row.kind, 40)}: {clean(row.error, 200)}"
        for row in data.errors
    ]
    served = [
        f"served by {clean(source, 40)} instead: {clean(symbol, 40)}"
        for symbol, source in data.served_by.items()
    ]
    repaired = [
        f"repaired: {clean(row.symbol, 40)} on {clean(row.session, 20)}: {clean(row.kind, 40)}, "
        f"{clean(row.field, 20)} {_measure(row.original)} to {_measure(row.repaired)}"
        for row in data.repaired
    ]
    vouched = [clean(accepted(row), 400) for row in data.accepted]
    missing = [f"gap: {clean(line, 300)}" for line in holes(data.gaps, data.begins)]
    return [*held, *stale, *old, *missing, *served, *vouched, *quarantined, *errors, *repaired]


def _held(report: Report) -> list[TradeRow]:
    return [row for row in report.trades if row.status == "held"]
