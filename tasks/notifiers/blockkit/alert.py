"""The alert: a market is breaking. A message of its own, sent at once."""

import re
from collections.abc import Iterator
from typing import Any

from tasks.context.words import instant, share
from tasks.notifiers.blockkit.text import clean, context, header, listing, section
from tasks.report.model import AlertRow, Report
from tasks.report.wording import EXAMPLE, named, standing

MENTION = re.compile(r"<(!here|!channel|!everyone|@[A-Z0-9]+|!subteam\^[A-Z0-9]+)>")
SEVERITIES = ("critical", "warning", "info")
MARKS = {
    "critical": ":rotating_light: *CRITICAL*",
    "warning": ":warning: *Warning*",
    "info": ":information_source: Info",
}


def alert(report: Report, mention: str) -> tuple[str, list[dict[str, Any]]]:
    """The fallback text and blocks for all alerts of a run, the worst first; critical ones call people."""
    alerts = sorted(report.alerts, key=lambda row: SEVERITIES.index(row.severity))
    worst = alerts[0].severity if alerts else "info"
    symbols = ", ".join(dict.fromkeys(row.symbol for row in alerts))
    title = f"{worst.capitalize()} alert · {named(report)} · {report.session} · {symbols}"
    where = f"`ballast show {clean(report.run_id, 80)}`"
    blocks = [header(title)]
    if worst == "critical" and mention and not (report.historical or report.example):
        blocks.append(
            section(f"{_calling(mention)} a market that this portfolio holds or watches is breaking.")
        )
    if report.historical:
        blocks.append(section(":hourglass: *HISTORICAL*: a past session, for study, not for trading."))
    if report.example:
        blocks.append(section(f":books: {EXAMPLE}"))
    blocks += halts(report, where)
    blocks.append(listing("Alerts", map(alert_line, alerts), len(alerts), 2500, where))
    return clean(title, 300), [*blocks, context(f"Run: {where}")]


def halts(report: Report, where: str, part: float = 1.0) -> Iterator[dict[str, Any]]:
    """What is halted, enabled or overridden: in every message while it lasts, in `part` of its room."""
    lines = [f":raised_hand: {clean(sentence, int(500 * part))}" for sentence in standing(report)]
    if lines:
        yield listing("Halts and overrides", lines, len(lines), int(900 * part), where)


def alert_line(row: AlertRow) -> str:
    """Severity, symbol, fall, what came of it, and whether the data is confirmed."""
    unconfirmed = "" if row.confirmed else " (unconfirmed: the data check has doubts)"
    kind = clean(row.kind.replace("_", " "), 40)
    what = f"{clean(row.symbol, 40)} {share(row.move, '+')}, {kind} at {clean(instant(row.at), 40)}"
    return f"{MARKS[row.severity]}: {what}{unconfirmed}: {clean(row.detail, 300)}"


def _calling(mention: str) -> str:
    """The mention as written if Slack would understand each word of it; else as harmless text."""
    words = mention.split()
    if len(mention) <= 200 and words and all(MENTION.fullmatch(word) for word in words):
        return " ".join(words)
    return clean(mention, 200)
