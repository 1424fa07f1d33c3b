"""The evidence about signals, as `ballast evidence signal --json` prints it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from tasks.report.data import Number, Row

Verdict = Literal["helps", "does not help", "too little data"]


class Estimate(Row):
    """A mean over days with its 95% interval by the stationary bootstrap; `days` counts them."""

    value: Number
    low: Number
    high: Number
    days: int


class Horizon(Row):
    """What a signal says of the return over the next `sessions`, which begins a session after the signal.

    `coefficient` is Spearman's rank correlation over symbols. `hits` is the share of Buy and Sell that came
    true and `base` the share of days with a rise; null where the signal has no such opinions.
    """

    sessions: int
    coefficient: Estimate
    hits: Estimate | None
    base: Number


class Judged(Row):
    """One signal. `sharpe` (a year) is of holding symbols by rank, the higher the more, the sum being 0, over
    the first horizon; `sign` is -1 where the lower values did better. `deflated` is the probability that this
    is skill after all the `trials` in the register; `beats`: the stepwise test over all signals names it.
    """

    signal: str
    candidate: bool
    horizons: list[Horizon]
    sharpe: Number
    sign: Literal[1, -1]
    probabilistic: Number
    deflated: Number
    beats: bool
    in_confidence_set: bool
    verdict: Verdict
    because: str


class Family(Row):
    """All signals at once; p-values of "the best of them is no better than nothing"."""

    tested: int
    reality_check: Number
    spa_lower: Number
    spa: Number
    spa_upper: Number


class Evidence(Row):
    """What the history says about signals; numbers unrounded, NaN is null.

    `trials` is how many results the register has for signals, these included.
    """

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    portfolio: str
    source: str
    known_at: str
    first: date
    last: date
    symbols: list[str]
    trials: int
    signals: list[Judged]
    family: Family
