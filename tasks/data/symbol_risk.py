"""Value at risk of symbols held alone, at any level, window and horizon, and whether it was right before."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np

from quant.errors import InputError
from quant.market.panel import Floats, Panel
from quant.market.returns import accepted
from quant.risk.tail import tail
from quant.risk.var_backtest import Likelihood, coverage, independence, kupiec, rolling_breaches
from tasks.context.words import ratio, share
from tasks.report.data import Number, Row
from tasks.report.document import Importance, Table, row

WINDOW = 500
"""Sessions of a value at risk, as the risk checks have it."""
MOST = 7560
"""Sessions: thirty years, as much as an estimator may read."""
LONGEST = 252
"""Sessions of a horizon."""

P = TypeVar("P")


@dataclass(frozen=True)
class Options:
    """What `ballast measure` may be asked for; `window` None: each estimator's own, and WINDOW."""

    level: float = 0.95
    window: int | None = None
    horizon: int = 1

    def check(self) -> None:
        """Refuse what cannot be measured.

        Raises:
            InputError: a number lies outside its range.
        """
        if not 0.5 < self.level < 1:
            raise InputError(f"--level {self.level:g}: a level lies between 0.5 and 1, such as 0.99.")
        if self.window is not None and not 2 <= self.window <= MOST:
            raise InputError(f"--window {self.window}: a window has from 2 to {MOST:,} sessions.")
        if not 1 <= self.horizon <= LONGEST:
            raise InputError(f"--horizon {self.horizon}: a horizon has from 1 to {LONGEST} sessions.")

    def of(self, parameters: P) -> P:
        """The parameters of an estimator, with the window that is asked for where it has one."""
        if self.window is None or "window" not in {one.name for one in fields(parameters)}:  # type: ignore[arg-type]
            return parameters
        return replace(parameters, window=self.window)  # type: ignore[type-var]


AS_CHECKED = Options()
"""As the risk checks measure."""


class RiskRow(Row):
    """The tail of one symbol: shares of its value over `horizon` sessions, loss positive; null: not known.

    `historical_*` and `normal_*` are of one session × √horizon, `direct_*` of the losses over `horizon`
    sessions (quant/risk/tail.py). `breaches` of `tested` sessions lost more than the historical one-session
    VaR of the `window` before them, where `expected` should have; the ratios and p-values are Kupiec's (their
    number), Christoffersen's (whether they came together), and both at once (quant/risk/var_backtest.py).
    """

    symbol: str
    level: float
    window: int
    horizon: int
    historical_var: Number
    historical_cvar: Number
    normal_var: Number
    normal_cvar: Number
    direct_var: Number
    direct_cvar: Number
    tested: int
    breaches: int
    expected: float
    kupiec_lr: Number
    kupiec_p: Number
    independence_lr: Number
    independence_p: Number
    coverage_lr: Number
    coverage_p: Number


def risk_rows(panel: Panel, options: Options) -> list[RiskRow]:
    """The tail of each symbol, from all of its returns between consecutive accepted closes."""
    return [
        _row(symbol, closes[~np.isnan(closes)], options)
        for symbol, closes in zip(panel.symbols, accepted(panel.total).T, strict=True)
    ]


def _row(symbol: str, closes: Floats, options: Options) -> RiskRow:
    returns, window = closes[1:] / closes[:-1] - 1, options.window or WINDOW
    found = tail(returns, options.level, window, options.horizon)
    over = len(returns) > window
    hits = rolling_breaches(-returns, window, options.level) if over else np.zeros(0, bool)
    unknown = Likelihood(float("nan"), float("nan"))
    probability = 1 - options.level
    number = kupiec(int(hits.sum()), len(hits), probability) if over else unknown
    alone = independence(hits) if over else unknown
    both = coverage(hits, probability) if over else unknown
    return RiskRow(
        symbol=symbol, level=options.level, window=window, horizon=options.horizon,
        historical_var=found.historical[0], historical_cvar=found.historical[1],
        normal_var=found.normal[0], normal_cvar=found.normal[1],
        direct_var=found.direct[0], direct_cvar=found.direct[1],
        tested=len(hits), breaches=int(hits.sum()), expected=probability * len(hits),
        kupiec_lr=number.ratio, kupiec_p=number.p,
        independence_lr=alone.ratio, independence_p=alone.p, coverage_lr=both.ratio, coverage_p=both.p,
    )  # fmt: skip


def risk_tables(rows: Sequence[RiskRow], show: str) -> list[Table]:
    """The tails, and how right they were; nothing where no symbol has enough history."""
    known = [one for one in rows if one.historical_var is not None]
    if not known:
        return []
    first = known[0]
    over = "a session" if first.horizon == 1 else f"{first.horizon} sessions"
    direct = ("direct", "CVaR ") if first.horizon > 1 else ()
    tails = Table(
        "tail", f"Value at risk at {first.level:.1%} over {over}, from {first.window} sessions",
        Importance.USEFUL, show, ("symbol", "VaR", "CVaR", "normal", "normal CVaR", *direct),
        tuple(
            row(
                one.symbol,
                *map(share, (one.historical_var, one.historical_cvar, one.normal_var, one.normal_cvar)),
                *(map(share, (one.direct_var, one.direct_cvar)) if direct else ()),
            )
            for one in known
        ),
        note="Of one session × √horizon; direct: of the losses over the horizon itself." if direct else "",
    )  # fmt: skip
    tested = Table(
        "breaches", "How often the VaR of a session was breached", Importance.USEFUL, show,
        ("symbol", "breaches", "expected", "Kupiec LR", "p", "together LR", "p ", "both p"),
        tuple(
            row(
                one.symbol, f"{one.breaches:,} of {one.tested:,}", f"{one.expected:.1f}",
                ratio(one.kupiec_lr), share(one.kupiec_p), ratio(one.independence_lr),
                share(one.independence_p), share(one.coverage_p),
            )
            for one in known
            if one.tested
        ),
    )  # fmt: skip
    return [one for one in (tails, tested) if one.rows]
