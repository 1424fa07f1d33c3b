"""How often a signal without skill passes for one with skill, and how often skill is found."""

from dataclasses import dataclass

import numpy as np

from benchmarks._sheet import Sheet, Table
from quant.evidence.multiple import superior
from quant.evidence.sharpe import deflated, track
from quant.market.panel import Floats
from tasks.evidence.judge import SKILL

PAGE = "benchmarks.md"
SIGNALS, DAYS = 7, 3780
SIGMA = 0.006
ABOUT = f"""{SIGNALS} signals of {DAYS:,} days (15 years), each as the daily return of a long-short
portfolio (0.6% a day, with the fat tails of Student's t with 5 degrees), and each also turned around: 14
tries. A signal helps where the deflated probability is at least {SKILL:.0%} and the stepwise test names it.
*Noise* has no skill: the rate is that of markets in which any signal passes, and 5% is what is promised.
*Planted* gives one signal a Sharpe ratio: the rate is that of markets in which it passes."""


@dataclass(frozen=True)
class Rate:
    """How many of some made-up markets had a pass."""

    sharpe: float
    markets: int
    passes: int


def measure(*, quick: bool) -> Sheet:
    """The rates of false passes and of power."""
    noise, planted, repetitions = (4, 2, 50) if quick else (200, 40, 500)
    rates = [_rate(0.0, noise, repetitions, 1)]
    rates += [_rate(sharpe, planted, repetitions, 2) for sharpe in (0.5, 0.75, 1.0, 1.5)]
    rows = [
        (
            "noise" if one.sharpe == 0 else f"planted, {one.sharpe:g} a year",
            f"{one.markets}",
            f"{one.passes}",
            f"{one.passes / one.markets:.1%}",
        )
        for one in rates
    ]
    return Sheet("False passes and power", [ABOUT, Table(("signals", ">markets", ">passed", ">rate"), rows)])


def _rate(sharpe: float, markets: int, repetitions: int, seed: int) -> Rate:
    passes = sum(
        _passes(_market(sharpe, 1000 * seed + number), number, repetitions, any_of=sharpe == 0)
        for number in range(markets)
    )
    return Rate(sharpe, markets, passes)


def _market(sharpe: float, seed: int) -> Floats:
    """Daily returns, shape (days, signals); the first one has the ratio a year."""
    random = np.random.default_rng(seed)
    returns = SIGMA * random.standard_t(5, (DAYS, SIGNALS)) / np.sqrt(5 / 3)
    returns[:, 0] += sharpe * SIGMA / np.sqrt(252)
    return np.asarray(returns)


def _passes(returns: Floats, seed: int, repetitions: int, *, any_of: bool) -> bool:
    """Whether the first signal passes, or any of them, by the rule of `ballast evidence signal`."""
    both = np.concatenate([returns, -returns], axis=1)
    skill = [deflated(track(one), both.shape[1], 1 / (len(one) - 1)) >= SKILL for one in both.T]
    asked = skill if any_of else skill[:1]
    if not any(asked):
        return False
    names = [str(number) for number in range(both.shape[1])]
    beat = superior(both, names, seed, repetitions).beat
    return any(good and name in beat for name, good in zip(names, asked, strict=False))
