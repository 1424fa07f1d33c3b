"""The documents of a run: the day's digest, and the alert that goes before it. Pure.

Here is decided what is said, in which order and how important it is; no format adds or reorders.
"""

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from tasks.context.words import instant, share, some
from tasks.report.document import (
    AnyPart,
    Document,
    Facts,
    Importance,
    Note,
    Notes,
    Place,
    Table,
    Tone,
    Verdict,
    fact,
    line,
    note,
    rest,
)
from tasks.report.model import NoticeRow, Report, RunStatus
from tasks.report.notices import file_name
from tasks.report.orders import taxes, terms
from tasks.report.tables import tables
from tasks.report.words import wording
from tasks.report.words.blocking import blocking
from tasks.report.words.changes import changes
from tasks.report.words.check_words import findings
from tasks.report.words.data_words import delivered, troubles
from tasks.report.words.position import position
from warehouse.record.ledger import GENESIS
from warehouse.tables.found import AlertRow

TONES: dict[RunStatus, Tone] = {
    "recommended": "good", "partial": "warning", "held": "bad", "failed": "bad", "no_action": "plain",
}  # fmt: skip
Found = dict[str, Table]
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
    name = f"{wording.named(report)} · {report.account}" if report.account else wording.named(report)
    verdict = _verdict(f"{line(name, 60)} · {report.session}", wording.decision(report), TONES[report.status])
    found = tables(report, where.rest)
    parts = (
        *_message(report, where, found), *_thread(report, where, found), *_page(report, where, found, home),
    )  # fmt: skip
    return Document(verdict, tuple(part for part in parts if part is not None), where)


def _message(report: Report, where: Facts, found: Found) -> Iterator[AnyPart | None]:
    """What a reader needs to decide, in the order in which it is read."""
    yield _notes("first", "Read first", FIRST, where, _first(report))
    yield _alerts(report, where)
    yield found.get("trades")
    yield _notes("held", "Why trades are held", NEEDED, where, _held(report))
    yield _notes("terms", "About the orders", NEEDED, where, terms(report))
    yield Facts("position", "The portfolio", FIRST, where.rest, tuple(position(report)))
    yield found.get("drift")
    yield _notes(
        "accounts", "Accounts, and the largest drifts", USEFUL, where, map(note, wording.of_accounts(report))
    )
    blocks = [*blocking(report)]
    stops = any(one.tone == "bad" for one in blocks)
    yield _notes("blocks", "What blocks" if stops else "Over a limit", NEEDED, where, blocks)
    yield _notes("data", "Data", USEFUL, where, troubles(report))
    if report.previous is not None:
        since = f"Since the message of {report.previous.session}"
        yield _notes("changes", since, USEFUL, where, changes(report))


def _thread(report: Report, where: Facts, found: Found) -> Iterator[AnyPart | None]:
    """What a reader needs to understand it."""
    yield taxes(report, where.rest)
    unknown = findings(report.checks, report.currency, ("unknown",))
    yield _notes("unknown", "Not known", USEFUL, where, unknown, Place.THREAD)
    yield found.get("checks")
    if report.risk is not None:
        said = (note(f"{wording.volatile(report)}."),)
        yield _notes("volatile", "Volatility", USEFUL, where, said, Place.THREAD)
    yield found.get("risk")
    yield _notes("delivered", "Delivery", DETAIL, where, (delivered(report.data),), Place.THREAD)


def _page(report: Report, where: Facts, found: Found, home: Path | None) -> Iterator[AnyPart | None]:
    """What a reader may study."""
    yield from (found.get(name) for name in ("quality", "allocation", "signals", "volatility"))
    if report.status != "failed":  # it has found nothing that could be compared
        again = f"ballast replay {report.run_id}{_there(home)}"
        facts = (fact("Recompute", again, "command"),)
        yield Facts("proof", "To compute it again", DETAIL, where.rest, facts, place=Place.PAGE)
    near = Place.PAGE if home is None else Place.MESSAGE  # who reads here has no message in front of him
    yield _notes("messages", "Messages", DETAIL, where, _messages(report, home), near)


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
    subject = f"{line(wording.named(report), 60)} · {report.session}"
    said = f"{worst.capitalize()} alert: {fallen or 'no alerts'}"
    verdict = _verdict(subject, said, SEVERITIES[worst], urgent=urgent)
    return Document(verdict, tuple(part for part in found if part is not None), where)


def _verdict(subject: str, decision: str, tone: Tone, *, urgent: bool = False) -> Verdict:
    return Verdict(line(subject, 150), line(decision, 200), tone, urgent)


def _notes(
    name: str,
    caption: str,
    importance: Importance,
    where: Facts,
    notes: Iterable[Note],
    place: Place = Place.MESSAGE,
) -> Notes | None:
    """A part of sentences; none without any."""
    said = tuple(one for one in notes if one.text)
    return Notes(name, caption, importance, rest(where.rest, len(said)), said, place=place) if said else None


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


def _alerts(report: Report, where: Facts) -> Notes | None:
    worst = sorted(report.alerts, key=lambda one: [*SEVERITIES].index(one.severity))
    return _notes("alerts", "Alerts", NEEDED, where, (_alerted(one) for one in worst))


def _alerted(one: AlertRow) -> Note:
    """Severity, symbol, fall, what came of it, and whether the data is confirmed."""
    doubt = "" if one.confirmed else " (unconfirmed: the data check has doubts)"
    fell = f"{one.symbol} {share(one.move, '+')}, {one.kind.replace('_', ' ')} at {instant(one.at)}"
    return note(f"{one.severity.upper()}: {fell}{doubt}: {one.detail}", SEVERITIES[one.severity])


def _held(report: Report) -> Iterator[Note]:
    """Each reason once, with what it holds; none where the first line says it all."""
    reasons = wording.held_because(report)
    alone = report.status == "held" and len(reasons) == 1 and len(next(iter(reasons))) <= wording.SHORT
    if report.status == "failed" or alone:
        return
    for why, symbols in reasons.items():
        yield note(f"{some(symbols, HOLDING)}: {why}" if symbols else f"Everything: {why}", "bad")


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
    """How the run is shown again, and where its pages are."""
    whose = f" --account {shlex.quote(report.account)}" if report.account else ""
    show = line(f"ballast show {report.run_id}{whose}{_there(home)}", 300)
    facts = [fact("Again", show, "command")]
    if report.page:
        facts.append(fact("Page of this run", report.page, "link"))
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


def _there(home: Path | None) -> str:
    return f" --home {shlex.quote(str(home))}" if home else ""
