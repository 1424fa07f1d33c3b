"""The review of a year as a document. Pure."""

from collections.abc import Iterator
from typing import Literal

from tasks.context.words import count, share
from tasks.record.review.model import AlertCount, Calibration, Control, Person, Review
from tasks.report.document import (
    AnyPart,
    Document,
    Fact,
    Facts,
    Importance,
    Row,
    Table,
    Verdict,
    fact,
    row,
)

FIRST, NEEDED, USEFUL, DETAIL = Importance
PEOPLE = (
    "person", "approved", "rejected", "fills", "overrides asked", "approved for others", "halts", "ended",
    "alerts",
)  # fmt: skip
"""What each person decided, how often."""
LEAST = 0.05
"""Of Kupiec's p-value: below it a value at risk was wrong."""


def document(found: Review) -> Document:
    """Orders and people first, then breaches, alerts, calibration and the self-assessment."""
    show = f"ballast review --year {found.year} --json"
    parts: tuple[AnyPart, ...] = (
        Facts("orders", "What was recommended", NEEDED, show, tuple(_orders(found))),
        Table("people", "Who decided", NEEDED, show, PEOPLE, tuple(map(_person, found.people))),
        Table(
            "breaches", "Checks that held trades", NEEDED, show, ("check", "portfolios", "runs"),
            tuple(row(one.check, ", ".join(one.portfolios), f"{one.runs:,}") for one in found.breaches),
            texts=2,
        ),
        Table(
            "alerts", "Alerts, and how fast they were answered", NEEDED, show,
            ("severity", "fired", "confirmed", "acknowledged", "half within", "longest"),
            tuple(map(_alerts, found.alerts)),
        ),
        Table(
            "calibration", "Sessions that lost more than the value at risk (95%) before", USEFUL, show,
            ("portfolio", "sessions", "lost more", "expected", "p (Kupiec)", ""),
            tuple(map(_calibration, found.calibration)),
            note="With p below 5% the value at risk was too low, or too high.",
        ),
        Table(
            "controls", "Self-assessment by RTS 6 (Regulation (EU) 2017/589)", NEEDED, show,
            ("requirement", "article", "a person has to add"), tuple(map(_control, found.controls)), texts=3,
        ),
    )  # fmt: skip
    for_people = sum(one.person for one in found.controls)
    said = f"{count(found.runs, 'run')}, {count(for_people, 'point')} of the self-assessment for a person"
    where = Facts("where", "Where", FIRST, show, (
        fact("Entries of the year", f"{found.entries:,}"), fact("Hash of the last", found.hash, "hash"),
    ))  # fmt: skip
    verdict = Verdict(f"Review · {found.year}", said, "warning" if for_people else "plain")
    return Document(verdict, tuple(one for one in parts if one.rows), where)


def _orders(found: Review) -> Iterator[Fact]:
    states = "; ".join(f"{number:,} {state}" for state, number in found.orders.items()) or "none"
    of = count(len(found.portfolios), "portfolio")
    yield fact("Daily runs", f"{found.runs:,} ({found.failed:,} failed) of {of}")
    yield fact("Recommended orders", states)
    yield fact("Trades held by checks", f"{found.held:,}")
    yield fact("Certificates of models", "none: no forecast may touch a portfolio")


def _control(one: Control) -> Row:
    tone: Literal["warning", "plain"] = "warning" if one.person else "plain"
    add = "yes" if one.person else ""
    return row(one.requirement, one.article, add, tone=tone, notes=(f"Article {one.article}: {one.shown}",))


def _person(one: Person) -> Row:
    numbers = (
        one.approved, one.rejected, one.fills, one.overrides_requested, one.overrides_approved, one.disabled,
        one.enabled, one.acknowledged,
    )  # fmt: skip
    return row(one.name, *(f"{number:,}" if number else "" for number in numbers))


def _alerts(one: AlertCount) -> Row:
    times = (_minutes(one.median_minutes), _minutes(one.longest_minutes))
    return row(one.severity, f"{one.fired:,}", f"{one.confirmed:,}", f"{one.acknowledged:,}", *times)


def _minutes(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f} min"


def _calibration(one: Calibration) -> Row:
    wrong = one.p_value is not None and one.p_value < LEAST
    return row(
        one.portfolio, f"{one.sessions:,}", f"{one.breaches:,}", f"{one.expected:,.1f}", share(one.p_value),
        "does not hold" if wrong else "", tone="bad" if wrong else "plain",
    )  # fmt: skip
