"""The digest: what a portfolio manager should trade today, why, whether it is allowed, and what is wrong."""

import re
from collections.abc import Iterator, Sequence, Sized
from typing import Any

from tasks.context.words import amount, instant, share
from tasks.notifiers.blockkit.alert import alert_line, halts
from tasks.notifiers.blockkit.orders import MOST, orders, size, summary
from tasks.notifiers.blockkit.text import clean, context, header, listing, section, table
from tasks.report.data import Data
from tasks.report.model import CheckRow, DriftRow, Report, SignalRow, TradeRow
from tasks.report.wording import (
    accepted,
    allocated,
    breaches,
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
    last = context(_footer(report, where))
    for part in (1.0, 0.5, 0.25):
        first = [header(title), *_banners(report, where, part), section(verdict(report, part))]
        room = TOTAL - size([*first, last])
        trades = orders(report, where, room - RESERVE)
        if trades or not 0 < len(report.trades) <= MOST:
            break
    trades = trades or summary(report, where)
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


def verdict(report: Report, part: float = 1.0) -> str:
    """One paragraph in plain words: what to do, what the portfolio is worth, what the market did.

    Its sentences in `part` of the room that each may take.
    """

    def cut(text: str, room: int) -> str:
        return clean(text, int(room * part))

    sentences = [
        f"*{clean(_result(report), 400)}.*",
        *([clean(report.error, 300)] if report.error else []),
        *(["Do not trade what is held."] if _held(report) else []),
        breaches(report),
        cut(allocated(report), 300),
        cut(called_for(report), 300),
        cut(constructed(report.construction), 400),
        cut(expected_costs(report), 200),
        cut(" ".join(taxed(report)), 600),
        _worth(report),
        _market(report),
        _risk(report),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _result(report: Report) -> str:
    """The first sentence: the result, and whether the value that it rests on is in doubt."""
    return "; ".join(part for part in (headline(report).capitalize(), in_doubt(report)) if part)


def _banners(report: Report, where: str, part: float) -> Iterator[dict[str, Any]]:
    """What must be known before anything else: at most a dozen sections."""
    if report.historical:
        yield section(":hourglass: *HISTORICAL*: a past session, for study, not for trading.")
    if report.data.illustration:
        yield section(f":books: *ILLUSTRATION*: {clean(report.data.illustration, int(250 * part))}")
    if any(row.check == "kill_switch" and row.status == "block" for row in report.checks):
        yield section(":octagonal_sign: *The kill switch is on*: every trade is held.")
    for sentence in live(report):
        yield section(f":arrows_counterclockwise: {clean(sentence, int(400 * max(part, 0.5)))}")
    yield from halts(report, where, part)


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
        told = of_accounts(report)
        accounts = (clean(line, 300) for line in told)
        yield listing("Accounts, and the largest drifts", accounts, len(told), int(900 * part), where)
    if report.checks:
        passed = sum(row.status == "pass" for row in report.checks)
        title = f"Risk checks: {passed} of {len(report.checks)} passed"
        lines, total = _check_lines(report.checks), _not_passed(report.checks)
        yield listing(title, lines, total, int(1000 * part), where)
    problems = sum(len(rows) for rows in _problems(report.data))
    if problems:
        yield listing("Data problems", _data_problems(report), problems, int(1000 * part), where)
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


def _not_passed(rows: list[CheckRow]) -> int:
    """How many lines `_check_lines` has."""
    told = sum(row.status in {"block", "warn"} for row in rows)
    return told + len({row.check for row in rows if row.status == "unknown"})


def _check(row: CheckRow) -> str:
    found = f"{clean(row.check, 40)} of {clean(row.scope, 40)} is {_measure(row.value)}"
    return f"{found}, limit {_measure(row.limit)} (allowed: {clean(row.rule, 200)})"


def _signal(row: SignalRow) -> str:
    return f"{clean(row.symbol, 40)}: {row.action} ({clean(row.signal, 40)})"


def _measure(value: float | None) -> str:
    return "n/a" if value is None else f"{value:,.4g}"


def _problems(data: Data) -> Sequence[Sized]:
    """What of the data each line of `_data_problems` is about, kind by kind."""
    once = [text for text in (data.held, data.earlier) if text]
    return (
        once, data.stale, holes(data.gaps, data.begins), data.served_by, data.accepted, data.quarantined,
        data.errors, data.repaired,
    )  # fmt: skip


def _data_problems(report: Report) -> Iterator[str]:
    """A line for each problem, made when it is asked for: a message shows the first of thousands."""
    data = report.data
    if data.held:
        yield f":no_entry: the whole batch was refused: {clean(data.held, 300)}"
    for symbol in data.stale:
        yield f"stale: {clean(symbol, 40)} has no accepted bar on {clean(report.session, 20)}"
    if data.earlier:
        yield clean(earlier(data.earlier), 400)
    for line in holes(data.gaps, data.begins):
        yield f"gap: {clean(line, 300)}"
    for symbol, source in data.served_by.items():
        yield f"served by {clean(source, 40)} instead: {clean(symbol, 40)}"
    for vouched in data.accepted:
        yield clean(accepted(vouched), 400)
    for row in data.quarantined:
        yield (
            f"quarantined: {clean(row.symbol, 40)} on {clean(row.session, 20)}: {clean(row.rule, 200)} "
            f"(value {_measure(row.value)}){proposal(row)}"
        )
    for error in data.errors:
        yield f"not fetched: {clean(error.symbol, 40)}: {clean(error.kind, 40)}: {clean(error.error, 200)}"
    for fixed in data.repaired:
        yield (
            f"repaired: {clean(fixed.symbol, 40)} on {clean(fixed.session, 20)}: {clean(fixed.kind, 40)}, "
            f"{clean(fixed.field, 20)} {_measure(fixed.original)} to {_measure(fixed.repaired)}"
        )


def _held(report: Report) -> list[TradeRow]:
    return [row for row in report.trades if row.status == "held"]
