"""The self-assessment: what the record shows of each requirement, and what a person has to add.

The requirements are those of Commission Delegated Regulation (EU) 2017/589 (RTS 6) for algorithmic trading.
Ballast recommends and sends no order to a venue, so none of them binds it; a manager who uses it beside an
execution system can answer with this.
"""

import json
from collections.abc import Iterable, Sequence

from tasks.context.words import count
from tasks.decisions import halts, overrides
from tasks.orders.entries import Cancellation, Fill
from tasks.record.review.model import Control
from warehouse.record.anchors import Restoration
from warehouse.record.ledger import Entry
from warehouse.runs import Run
from warehouse.tables.alerts import AlertState

PRE_TRADE = ("price_collar", "max_order_value", "max_order_quantity", "max_notional", "max_repeats")
"""The limits of [risk] that article 15 asks for: price, value, volume, and repeats of the same order."""
LEFT = (
    ("Changes are tested before they are used", "5 to 7", "the tests, and who approved them"),
    ("Access is limited and reviewed", "18", "who may decide, and when that was reviewed"),
    ("This assessment is validated by risk management", "9", "who validated it, and when"),
)
"""What only people know: requirement, article, and what is to be named."""


def controls(own: Sequence[Entry], daily: Sequence[Run], fired: Sequence[AlertState]) -> list[Control]:
    """Each requirement with what the year's entries, runs and alerts show of it."""
    return [
        _kill(own), _pre_trade(daily), _overrides(own), _monitoring(fired), _post_trade(own),
        _continuity(own), *(_unknown(*one) for one in LEFT), _records(own),
    ]  # fmt: skip


def _control(requirement: str, article: str, shown: str, *, person: bool = False) -> Control:
    return Control(requirement=requirement, article=article, shown=shown, person=person)


def _kill(own: Iterable[Entry]) -> Control:
    halted = [
        one.payload.get("by")
        for one in own
        if one.kind == halts.Switched.KIND and one.payload.get("state") == "disabled"
    ]
    by_people = sum(by is not None for by in halted)
    shown = f"{count(by_people, 'halt')} by people, {len(halted) - by_people} by blocked runs in a row"
    tried = "" if by_people else "; nobody stopped anything this year, so try it"
    return _control("All orders can be stopped at once", "12", f"{shown}{tried}", person=not by_people)


def _pre_trade(daily: Sequence[Run]) -> Control:
    """Of the newest run of each portfolio, which limits its file sets."""
    newest = {run.portfolio: run for run in sorted(daily, key=lambda run: run.started_at)}
    lacking = []
    for name, run in sorted(newest.items()):
        limits = json.loads(run.config).get("risk") or {}
        missing = [limit for limit in PRE_TRADE if limits.get(limit) is None]
        lacking += [f"{name} lacks {', '.join(missing)}"] if missing else []
    every = f"{', '.join(PRE_TRADE)} are set in {count(len(newest), 'portfolio')}"
    shown = "; ".join(lacking) or every
    return _control("Orders are checked before they are offered", "15", shown, person=bool(lacking))


def _overrides(own: Iterable[Entry]) -> Control:
    states = [one.payload.get("state") for one in own if one.kind == overrides.Spoken.KIND]
    asked, given, ended = (states.count(name) for name in ("requested", "approved", "revoked"))
    shown = f"{count(asked, 'request')}, {given} approved by another person, {ended} revoked"
    return _control("Blocked orders are released by two people", "15(5)", shown)


def _monitoring(fired: Sequence[AlertState]) -> Control:
    """Whether somebody answered the critical alerts that were confirmed."""
    grave = [one for one in fired if one.severity == "critical" and one.confirmed]
    silent = sum(one.acknowledged_at is None for one in grave)
    shown = f"{count(len(grave), 'confirmed critical alert')}, {len(grave) - silent} acknowledged"
    return _control("Trading is monitored while it goes on", "16", shown, person=bool(silent))


def _post_trade(own: Iterable[Entry]) -> Control:
    kinds = [one.kind for one in own]
    booked, undone = count(kinds.count(Fill.KIND), "fill"), kinds.count(Cancellation.KIND)
    shown = f"{booked} reconciled with recommendations, {undone} cancelled"
    return _control("What was traded is reconciled", "17", shown)


def _continuity(own: Iterable[Entry]) -> Control:
    restored = sum(one.kind == Restoration.KIND for one in own)
    tried = "" if restored else "; none was tried this year, so try one"
    shown = f"{count(restored, 'restore')} from a backup{tried}"
    return _control("Work goes on after a failure", "14", shown, person=not restored)


def _unknown(requirement: str, article: str, what: str) -> Control:
    return _control(requirement, article, f"no record here: name {what}", person=True)


def _records(own: Sequence[Entry]) -> Control:
    shown = f"entries of the year in one chain of hashes: {len(own):,}"
    return _control("What happened is recorded and cannot be changed", "28", shown)
