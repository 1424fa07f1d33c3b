"""What is told of a decision in the thread of the day's message, and of one that was put off."""

from collections.abc import Sequence

from tasks.context.words import count, quantity
from tasks.orders.entries import Decided
from tasks.orders.recommendations import Recommendation
from tasks.report.document import Document, Fact, Facts, Importance, Note, Notes, Tone, Verdict, line
from tasks.report.messages.message import Message
from warehouse.runs import Run

DONE: dict[Decided, str] = {"approved": "approved", "approved_once": "approved once", "rejected": "REJECTED"}


def of_decision(
    run: Run, orders: Sequence[Recommendation], state: Decided, by: str, reason: str | None
) -> Message:
    """Who has decided what on which orders, and what follows."""
    what = f"{count(len(orders), 'order')} {DONE[state]} by {by}" + (f": {reason}" if reason else "")
    said = [_order(one, state) for one in orders]
    if state == "approved_once":
        said.append("A second person must approve before anything is traded.")
    level: Tone = "good" if state == "approved" else "warning"
    verdict = Verdict(_subject(run), line(what, 200), level)
    data = {
        "run_id": run.run_id, "portfolio": run.portfolio, "state": state, "by": by, "reason": reason,
        "orders": [{"symbol": one.symbol, "side": one.side, "quantity": one.allowed} for one in orders],
    }  # fmt: skip
    return Message("decision", _document(run, verdict, "Decided", said), data)


def of_reminder(run: Run, orders: Sequence[Recommendation], by: str) -> Message:
    """Orders that are still open when whoever put the decision off wanted to be reminded."""
    expires = min(one.expires for one in orders)
    what = f"{count(len(orders), 'order')} still open, put off by {by}; "
    what += f"the first expires {expires:%Y-%m-%d %H:%M} UTC"
    verdict = Verdict(_subject(run), line(what, 200), "warning")
    data = {
        "run_id": run.run_id,
        "portfolio": run.portfolio,
        "by": by,
        "symbols": [one.symbol for one in orders],
    }
    return Message("reminder", _document(run, verdict, "Open", [_order(one, None) for one in orders]), data)


def _subject(run: Run) -> str:
    return f"{line(run.portfolio, 60)} · {run.session}"


def _order(one: Recommendation, state: Decided | None) -> str:
    fewer = f" (of {quantity(one.quantity)})" if one.allowed < one.quantity and state != "rejected" else ""
    shares = one.quantity if state == "rejected" else one.allowed
    return f"{one.side} {quantity(shares)} {line(one.symbol, 40)}{fewer}"


def _document(run: Run, verdict: Verdict, caption: str, said: Sequence[str]) -> Document:
    show = f"ballast fills show {run.run_id}"
    first = Notes("first", caption, Importance.FIRST, show, tuple(Note(one) for one in said))
    where = Facts("where", "Where", Importance.NEEDED, show, (Fact("Orders", show, "command"),))
    return Document(verdict, (first,), where)
