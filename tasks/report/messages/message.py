"""One message: what people read in it, and what a program reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Literal

from pydantic_core import to_jsonable_python

from quant.documents import Json
from tasks.decisions.halts import ALL, Switch
from tasks.report.digest import alert, digest
from tasks.report.document import TEXT, Document, Fact, Facts, Importance, Note, Notes, Verdict, line
from tasks.report.formats.buttons import Subject
from tasks.report.model import Report

Kind = Literal[
    "digest", "details", "alert", "halt", "decision", "reminder", "change", "failure", "fills", "review",
    "acknowledged", "silenced", "escalation", "replaced", "test", "fall", "market_fall", "fall_update",
    "fall_worse",
]  # fmt: skip

MOST_ROWS = 500
"""Rows of a list in `data`; of the others `more` has the number."""


TITLE = 140
"""Letters of a verdict that every channel shows whole: a header of Slack has 150."""
LONGEST = 2000
"""Letters of a reason."""


@dataclass(frozen=True)
class Message:
    """`document` for people; `data`, JSON values by name, for a program that acts upon them.

    `decide`: what its buttons are about, where people may answer it.
    """

    kind: Kind
    document: Document
    data: Json
    decide: Subject | None = None


def of_report(report: Report, kind: Kind) -> Message:
    """The digest of a run, or its alerts."""
    document = digest(report) if kind == "digest" else alert(report)
    return Message(kind, document, _rows(report, kind))


def _rows(report: Report, kind: Kind) -> Json:
    blocks = [row for row in report.checks if row.status == "block"]
    lists: dict[str, Sequence[object]] = {
        "trades": report.trades, "alerts": report.alerts, "blocked_by": blocks,
    }  # fmt: skip
    lists = lists if kind == "digest" else {"alerts": report.alerts}
    facts = {
        name: getattr(report, name) for name in ("run_id", "portfolio", "session", "status", "url", "page")
    }
    flags = {"historical": report.historical, "example": report.example}
    rows = {name: [to_jsonable_python(row) for row in of[:MOST_ROWS]] for name, of in lists.items()}
    more = {name: len(of) - MOST_ROWS for name, of in lists.items() if len(of) > MOST_ROWS}
    return facts | flags | rows | {"more": more}


def of_halt(switch: Switch) -> Message:
    """A portfolio, or every one, is disabled or enabled again."""
    subject = "All portfolios" if switch.portfolio == ALL else line(switch.portfolio, 60)
    off = switch.state == "disabled"
    done = f"{'DISABLED' if off else 'Enabled again'} by {switch.by}: {switch.reason}"
    verdict = Verdict(f"{subject} · {switch.at:%Y-%m-%d}", line(done, 200), "bad" if off else "good")
    follows = "Every trade is HELD until it is enabled again." if off else "The next run may trade again."
    undo = "enable" if off else "disable"
    command = f"ballast {undo} {switch.portfolio} --by NAME --reason TEXT"
    cut = len(f"{verdict.subject} · {done}") > TITLE
    whole = wrap(line(switch.reason, LONGEST), TEXT) if cut else []
    first = Notes(
        "first", "What follows", Importance.FIRST, "ballast doctor", (Note(follows), *map(Note, whole))
    )
    where = Facts(
        "where", "Where", Importance.NEEDED, "ballast doctor",
        (Fact(f"To {undo} it", command, "command"),),
    )  # fmt: skip
    data = {
        "portfolio": switch.portfolio, "state": switch.state, "by": switch.by, "reason": switch.reason,
        "at": switch.at.isoformat(),
    }  # fmt: skip
    return Message("halt", Document(verdict, (first,), where), data)
