"""The documents of a run: the day's digest, and the alert that goes before it. Pure.

Here is decided what is said, in which order and how important it is; no format adds or reorders.
"""

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from tasks.context.words import amount, instant, quantity, rounded, share, some
from tasks.report import wording
from tasks.report.check_words import findings, passed
from tasks.report.data_words import delivered, troubles
from tasks.report.document import (
    AnyPart,
    Document,
    Fact,
    Facts,
    Importance,
    Note,
    Notes,
    Tone,
    Verdict,
    fact,
    line,
    note,
)
from tasks.report.model import NoticeRow, Report, RunStatus, TradeRow
from tasks.report.notices import file_name
from tasks.report.tables import rest, tables
from warehouse.record.ledger import GENESIS
from warehouse.tables.found import AlertRow

TONES: dict[RunStatus, Tone] = {
    "recommended": "good", "partial": "warning", "held": "bad", "failed": "bad", "no_action": "plain",
}  # fmt: skip
SEVERITIES: dict[str, Tone] = {"critical": "bad", "warning": "warning", "info": "plain"}
FIRST, NEEDED, USEFUL, DETAIL = Importance
HISTORICAL = "HISTORICAL: a past session, for study and not for trading."
HOLDING = 12
"""Of the symbols that one reason holds so many are named."""


def digest(report: Report, home: Path | None = None) -> Document:
    """What a portfolio manager should trade today, why, whether it is allowed, and what is wrong.

    `home`: where the reader has it, so that commands and files can be found from any folder.
    """
    where = _where(report, home)
    found = tables(report, where.rest)
    checked = findings(report.checks, report.currency)
    accounts = map(note, wording.of_accounts(report))
    parts: Iterable[AnyPart | None] = (
        _notes("first", "Read first", FIRST, where, _first(report)),
        Facts("position", "The portfolio", FIRST, where.rest, tuple(_position(report))),
        _alerts(report, where),
        found.get("trades"),
        _notes("held", "Why trades are held", NEEDED, where, _held(report)),
        _notes("terms", "About the decision", NEEDED, where, _terms(report)),
        found.get("drift"),
        _notes("accounts", "Accounts, and the largest drifts", USEFUL, where, accounts),
        _notes("findings", f"Risk checks: {passed(report.checks)}", USEFUL, where, checked),
        _notes("data", "Data", USEFUL, where, (*troubles(report), delivered(report.data))),
        found.get("signals"),
        found.get("checks"),
        found.get("allocation"),
        found.get("risk"),
        found.get("volatility"),
        _notes("messages", "Messages", DETAIL, where, _messages(report, home)),
    )
    name = f"{wording.named(report)} · {report.account}" if report.account else wording.named(report)
    verdict = _verdict(f"{line(name, 60)} · {report.session}", wording.decision(report), TONES[report.status])
    return Document(verdict, tuple(part for part in parts if part is not None), where)


def alert(report: Report) -> Document:
    """A market is breaking: all alerts of a run, the worst first."""
    where = _where(report, None)
    alerts = sorted(report.alerts, key=lambda one: [*SEVERITIES].index(one.severity))
    worst = alerts[0].severity if alerts else "info"
    fallen = some([f"{one.symbol} {share(one.move, '+')}" for one in alerts])
    study = report.historical or report.example
    urgent = worst == "critical" and not study
    notes = [HISTORICAL] if report.historical else []
    notes += [wording.EXAMPLE] if report.example else []
    notes += ["A market that this portfolio holds or watches is breaking."] if urgent else []
    first = [note(text, "warning") for text in (*notes, *wording.standing(report))]
    found = (_notes("first", "Read first", FIRST, where, first), _alerts(report, where))
    subject = f"{worst.capitalize()} alert · {line(wording.named(report), 60)} · {report.session}"
    verdict = _verdict(subject, fallen or "no alerts", SEVERITIES[worst], urgent=urgent)
    return Document(verdict, tuple(part for part in found if part is not None), where)


def _verdict(subject: str, decision: str, tone: Tone, *, urgent: bool = False) -> Verdict:
    return Verdict(line(subject, 150), line(decision, 200), tone, urgent)


def _notes(
    name: str, caption: str, importance: Importance, where: Facts, notes: Iterable[Note]
) -> Notes | None:
    """A part of sentences; none without any."""
    said = tuple(one for one in notes if one.text)
    return Notes(name, caption, importance, rest(where.rest, len(said)), said) if said else None


def _first(report: Report) -> Iterator[Note]:
    """What changes the meaning of all that follows."""
    if report.historical:
        yield note(HISTORICAL, "warning")
    for sentence in wording.live(report):
        yield note(sentence, "warning")
    if any(one.check == "kill_switch" and one.status == "block" for one in report.checks):
        yield note("The kill switch is on: every trade is held.", "bad")
    if any(one.status == "held" for one in report.trades):
        yield note("Do not trade what is HELD.", "bad")
    for sentence in wording.standing(report):
        yield note(sentence, "warning")
    if doubt := wording.in_doubt(report):
        yield note(f"{doubt[:1].upper()}{doubt[1:]}.", "bad")
    if report.error and len(report.error) > wording.SHORT:
        yield note(report.error, "bad")
    if report.data.illustration:
        yield note(f"ILLUSTRATION: {report.data.illustration}", "warning")


def _position(report: Report) -> Iterator[Fact]:
    """What it is worth, what the market did, how far it has drifted and how much it may lose."""
    yield fact("Value", amount(report.value, report.currency) if report.value is not None else "not known")
    if report.cash is not None:
        yield fact("Cash", amount(report.cash, report.currency))
    market = report.benchmark
    if market.symbol and (market.day is not None or market.month is not None):
        moved = f"{share(market.day, '+')} on the day, {share(market.month, '+')} this month"
        yield fact(market.symbol, moved)
    if own := wording.returned(report):
        yield fact("Own return", own)
    if bands := wording.breaches(report):
        yield fact("Bands", bands)
    if report.risk is not None:
        yield fact("Volatility", wording.volatile(report))
    for one in report.checks:
        if one.check == "var_95" and one.value is not None and one.limit and report.value is not None:
            loss, most = rounded(one.value * report.value, report.currency), rounded(one.limit * report.value)
            yield fact(
                "At risk in a day (95%)", f"{loss} ({share(one.value)}), limit {most} ({share(one.limit)})"
            )


def _alerts(report: Report, where: Facts) -> Notes | None:
    worst = sorted(report.alerts, key=lambda one: [*SEVERITIES].index(one.severity))
    return _notes("alerts", "Alerts", NEEDED, where, (_alerted(one) for one in worst))


def _alerted(one: AlertRow) -> Note:
    """Severity, symbol, fall, what came of it, and whether the data is confirmed."""
    doubt = "" if one.confirmed else " (unconfirmed: the data check has doubts)"
    fell = f"{one.symbol} {share(one.move, '+')}, {one.kind.replace('_', ' ')} at {instant(one.at)}"
    return note(f"{one.severity.upper()}: {fell}{doubt}: {one.detail}", SEVERITIES[one.severity])


def _held(report: Report) -> Iterator[Note]:
    """Each reason once, with what it holds."""
    if report.status == "failed":
        return
    for why, symbols in wording.held_because(report).items():
        yield note(f"{some(symbols, HOLDING)}: {why}" if symbols else f"Everything: {why}", "bad")


def _terms(report: Report) -> Iterator[Note]:
    """Until when it holds, what called for it, what it costs, and what has become of it."""
    if report.trades:
        yield note(f"Limit orders; they expire {_expiry(report)}.")
    for sentence in (wording.called_for(report), wording.allocated(report)):
        yield note(sentence)
    yield note(wording.constructed(report.construction), "warning")
    for sentence in (wording.expected_costs(report), *wording.taxed(report)):
        yield note(sentence)
    if moved := [_stands(one) for one in report.trades if one.state in {"approved", "rejected", "executed"}]:
        yield note(f"Since then: {', '.join(moved)}.", "warning")


def _expiry(report: Report) -> str:
    """When the orders expire: each exchange has its own next close."""
    symbols: dict[str, list[str]] = {}
    for one in report.trades:
        symbols.setdefault(instant(one.expires, report.time_zone), []).append(one.symbol)
    if len(symbols) == 1:
        return next(iter(symbols))
    return "; ".join(f"{moment} ({some(names)})" for moment, names in symbols.items())


def _stands(one: TradeRow) -> str:
    """What has become of a trade, e.g. "SELL SPY rejected", "BUY EFA executed (100 of 181)"."""
    filled = f" ({quantity(one.filled)} of {quantity(one.quantity)})" if one.filled else ""
    return f"{one.side} {one.symbol} {one.state}{filled}"


def _messages(report: Report, home: Path | None) -> Iterator[Note]:
    """What was told to whom, and how far that is."""
    for one in report.notices:
        what, place = f"{one.kind.capitalize()} message", _place(report, one, home)
        before, error = report.earlier.get(one.key), f": {one.error}" if one.error else ""
        if before and one.state in {"sent", "preview"}:
            yield note(f"{what} not repeated: run {before} found the same, {place}{error}")
        else:
            yield note(f"{what} {one.state}: {place}{error}", "plain" if one.state == "sent" else "warning")


def _place(report: Report, one: NoticeRow, home: Path | None) -> str:
    if one.state != "preview":
        return one.channel + (
            " (at least once: it may come twice)" if one.delivery == "at_least_once" else ""
        )
    name = file_name(report.session, report.portfolio, one.kind, one.key)
    return str(Path(home or "HOME") / "previews" / name)


def _where(report: Report, home: Path | None) -> Facts:
    """How the run is shown again and proven, and where its pages are."""
    there = f" --home {shlex.quote(str(home))}" if home else ""
    whose = f" --account {shlex.quote(report.account)}" if report.account else ""
    show = line(f"ballast show {report.run_id}{whose}{there}", 300)
    facts = [fact("Again", show, "command")]
    if report.status != "failed":  # it has found nothing that could be compared
        facts.append(fact("Recompute", f"ballast replay {report.run_id}{there}", "command"))
    if report.url:
        facts.append(fact("Run in Prefect", report.url, "link"))
    if report.docs and home:  # a file on the reader's machine
        facts.append(fact("Data Docs", report.docs))
    if report.known_at:
        facts.append(fact("Data known at", instant(report.known_at, report.time_zone)))
    if report.ledger and report.ledger.hash:
        facts.append(fact("Ledger entry", report.ledger.hash, "hash"))
    elif report.ledger and report.ledger.previous != GENESIS:
        # Whoever keeps the message can prove that nothing before it was changed (warehouse/record).
        facts.append(fact("ledger", report.ledger.previous, "hash"))
    return Facts("where", "Where", FIRST, show, tuple(facts))
