"""Messages beside the digest and the alert: its details, what a rerun changed, fills and failures. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tasks.context.words import count
from tasks.report.digest import digest
from tasks.report.document import Document, Fact, Facts, Importance, Note, Notes, Place, Verdict, line
from tasks.report.messages.message import Message
from tasks.report.model import Report
from tasks.report.words import wording
from tasks.report.words.changes import differences


def of_details(report: Report) -> Message | None:
    """What of a run's digest belongs into the thread of its message; None where nothing does."""
    whole = digest(report)
    parts = tuple(
        replace(one, place=Place.MESSAGE, importance=Importance.NEEDED)
        for one in whole.parts
        if one.place is Place.THREAD
    )
    if not parts:
        return None
    verdict = Verdict(whole.verdict.subject, "Details", "plain")
    where = replace(whole.where, rows=whole.where.rows[:1])
    data = {"portfolio": report.portfolio, "session": report.session, "run_id": report.run_id}
    return Message("details", Document(verdict, parts, where), data)


def of_change(before: Report, after: Report, why: Sequence[str]) -> Message:
    """What a later run of the same session says otherwise than the message `before`, and why."""
    said = [*differences(before, after)]
    sentences = [
        f"Before: {wording.decision(before)}",
        *([f"Because {'; '.join(why)}."] if why else []),
        *said,
    ]
    first = Notes(
        "changes", "What changed", Importance.FIRST, f"ballast show {after.run_id}",
        tuple(Note(line(one, 300)) for one in sentences),
    )  # fmt: skip
    where = Facts(
        "where", "Where", Importance.NEEDED, f"ballast show {after.run_id}",
        (Fact("Again", f"ballast show {after.run_id}", "command"),),
    )  # fmt: skip
    subject = f"{line(wording.named(after), 60)} · {after.session} · changed"
    verdict = Verdict(subject, line(wording.decision(after), 200), "warning")
    data = {
        "portfolio": after.portfolio, "session": after.session, "run_id": after.run_id,
        "before": before.run_id, "changes": said, "because": list(why),
    }  # fmt: skip
    return Message("change", Document(verdict, (first,), where), data)


def of_replaced(portfolio: str, session: str) -> Message:
    """What a digest says from then on beside which a newer one stands."""
    verdict = Verdict(
        f"{line(portfolio, 60)} · {session}", "REPLACED: a newer message here says what is so", "bad"
    )
    show = f"ballast runs --session {session}"
    where = Facts("where", "Where", Importance.NEEDED, show, (Fact("All runs of that day", show, "command"),))
    return Message("replaced", Document(verdict, (), where), {"portfolio": portfolio, "session": session})


def of_failure(flow: str, step: str, cause: str, at: datetime, link: str | None) -> Message:
    """A flow has failed: which step, why in one line, and where it is to be seen, if that can be reached."""
    verdict = Verdict(f"{line(flow, 60)} · {at:%Y-%m-%d %H:%M} UTC", line(f"FAILED: {cause}", 200), "bad")
    first = Notes(
        "first",
        "What failed",
        Importance.FIRST,
        "ballast doctor",
        (Note(line(f"{step}: {cause}", 500), "bad"),),
    )
    open_it = (Fact("Run in Prefect", link, "link"),) if link else ()
    where = Facts(
        "where", "Where", Importance.NEEDED, "ballast doctor",
        (Fact("To look further", "ballast doctor", "command"), *open_it),
    )  # fmt: skip
    data = {"flow": flow, "step": step, "cause": cause, "at": at.isoformat(), "url": link}
    return Message("failure", Document(verdict, (first,), where), data)


def of_fills(portfolio: str, session: str, run_id: str, fills: Sequence[str], by: str) -> Message:
    """Orders of a run were executed: `fills` has a sentence for each one that was booked."""
    many = count(len(fills), "fill")
    verdict = Verdict(
        f"{line(portfolio, 60)} · {session} · filled", line(f"{many} booked by {by}", 200), "good"
    )
    said = tuple(Note(line(one, 300)) for one in fills)
    first = Notes("fills", "Booked into the holdings", Importance.FIRST, f"ballast fills show {run_id}", said)
    where = Facts(
        "where", "Where", Importance.NEEDED, f"ballast fills show {run_id}",
        (Fact("To see each", f"ballast fills show {run_id}", "command"),),
    )  # fmt: skip
    data = {"portfolio": portfolio, "session": session, "run_id": run_id, "fills": list(fills), "by": by}
    return Message("fills", Document(verdict, (first,), where), data)
