"""The review of a year, as `ballast review --json` prints it."""

from typing import Annotated, Literal

from pydantic import Field

from tasks.report.data import Number, Row


class Person(Row):
    """What one person decided: orders approved and rejected, fills booked, overrides, switches, alerts."""

    name: str
    approved: int
    rejected: int
    fills: int
    overrides_requested: int
    overrides_approved: int
    disabled: int
    enabled: int
    acknowledged: int


class Breach(Row):
    """A check that held trades: on how many runs of which portfolios."""

    check: str
    runs: int
    portfolios: list[str]


class AlertCount(Row):
    """Alerts of one severity: how many, how many were acknowledged, and after how many minutes.

    The minutes, half of the times and the longest, are null where none was.
    """

    severity: str
    fired: int
    confirmed: int
    acknowledged: int
    median_minutes: Number
    longest_minutes: Number


class Calibration(Row):
    """How often a session lost more than the value at risk (95%) of the session before.

    `expected` is 5% of the `sessions`; `p_value` is Kupiec's of so many breaches, null without a session.
    """

    portfolio: str
    sessions: int
    breaches: int
    expected: Number
    p_value: Number


class Control(Row):
    """One requirement of the self-assessment: what the record shows; `person`: somebody has to add to it."""

    requirement: str
    article: str
    shown: str
    person: bool


class Review(Row):
    """A year in figures. `orders` counts recommended orders by what became of them, `held` the others."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    year: int
    runs: int
    failed: int
    portfolios: list[str]
    orders: dict[str, int]
    held: int
    people: list[Person]
    breaches: list[Breach]
    alerts: list[AlertCount]
    calibration: list[Calibration]
    certificates: int
    controls: list[Control]
    entries: int
    hash: str
