"""The evidence about signals: each alone, all at once, and all tries counted."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from quant import candidates
from quant.evidence import information
from quant.evidence.information import coefficients, hits, long_short
from quant.evidence.multiple import Superior, superior
from quant.evidence.sharpe import Track, deflated, probabilistic, track
from quant.market.panel import Floats
from quant.market.returns import ANNUALISATION
from quant.plugins import names
from tasks.backtest.held import emptied
from tasks.backtest.market import Market
from tasks.backtest.question import Asked
from tasks.backtest.read import read
from tasks.context.context import Context
from tasks.context.instants import instant
from tasks.evidence.history import Said, history, known, later, named
from tasks.evidence.model import Estimate, Evidence, Family, Horizon, Judged, Verdict
from tasks.snapshot.panels import panel_digest
from tasks.trials import register
from tasks.trials.register import Count
from tasks.whatif.changed import changed
from tasks.whatif.question import Question
from warehouse.database.database import Database

HORIZONS = (1, 5, 21)
"""Sessions: a day, a week, a month."""
ENOUGH = 500
"""Days on which a signal must have ranked symbols; about two years."""
SKILL = 0.95
"""The deflated probability from which on a signal helps."""


@dataclass(frozen=True)
class Tested:
    """A signal's daily results as a long-short portfolio, upright and turned around."""

    name: str
    said: Said
    returns: Floats

    @property
    def sign(self) -> Literal[1, -1]:
        """-1 where the lower values did better."""
        return -1 if self.returns.mean() < 0 else 1


def evidence(context: Context, asked: Asked, name: str) -> Evidence:
    """What the history of a portfolio's symbols says about one signal, or about all.

    The test of all at once always has every signal and candidate in it: who looks at one has chosen it.

    Raises:
        InputError: there is no such signal, or there are no prices; the sentence says what is.
    """
    wanted = named(name)
    portfolio = emptied(changed(context, Question(asked.portfolio)))
    market = read(context, portfolio, asked)
    said = history(market, known(), context.progress)
    tested = [Tested(one, of, _daily(market, of)) for one, of in said.items()]
    both = [f"{one.name} {way}" for one in tested for way in ("up", "down")]
    results = np.column_stack([sign * one.returns for one in tested for sign in (1, -1)])
    varies = np.flatnonzero(results.std(axis=0) > 0)
    together = superior(results[:, varies], [both[place] for place in varies.tolist()], seed=_seed(market))
    count = _counted(context, market, both, results)
    assert market.run.known_at is not None
    return Evidence(
        portfolio=portfolio.name,
        source=market.run.source,
        known_at=instant(market.run.known_at),
        first=market.sessions[0],
        last=market.sessions[-1],
        symbols=[*portfolio.symbols],
        trials=count.trials,
        signals=[_judged(market, one, together, count) for one in tested if one.name in wanted],
        family=Family(
            tested=len(both), reality_check=together.reality_check, spa_lower=together.lower,
            spa=together.consistent, spa_upper=together.upper,
        ),
    )  # fmt: skip


def _daily(market: Market, said: Said) -> Floats:
    """What a day of the long-short portfolio earned, 0 without a ranking; the last ones have not ended."""
    return long_short(said.values, later(market, 1))[: -1 - HORIZONS[0]]


def _seed(market: Market) -> int:
    """The same prices give the same intervals."""
    return zlib.crc32(panel_digest(market.whole.panel).encode())


def _counted(context: Context, market: Market, what: Sequence[str], results: Floats) -> Count:
    """Every try of signals, these included, which are entered now."""
    ratios = np.array([track(one).sharpe for one in results.T])
    entry = register.tried(", ".join(what), panel_digest(market.whole.panel), market.sessions, ratios)

    def work(db: Database) -> Count:
        register.enter(db, register.SIGNALS, entry, context.now())
        return register.count(db, register.SIGNALS)

    return context.warehouse.transact(work)


def _judged(market: Market, one: Tested, together: Superior, count: Count) -> Judged:
    """One signal. Its sign was chosen by the result, which the count of tries has twice.

    What luck finds is worked out from the variance that ratios without any skill have over so many days,
    1 ÷ (days - 1), not from that of the tries: a signal with skill, and the same turned around, would raise
    that so far that none could pass.
    """
    seed = _seed(market)
    of = track(one.sign * one.returns)
    horizons = [_horizon(market, one.said, sessions, seed) for sessions in HORIZONS]
    way = f"{one.name} {'up' if one.sign > 0 else 'down'}"
    skill = deflated(of, count.trials, 1 / max(of.periods - 1, 1))
    verdict, because = _verdict(horizons[0], of, skill, way in together.beat, count)
    return Judged(
        signal=one.name,
        candidate=one.name in names(candidates),
        horizons=horizons,
        sharpe=of.sharpe * ANNUALISATION,
        sign=one.sign,
        probabilistic=probabilistic(of),
        deflated=skill,
        beats=way in together.beat,
        in_confidence_set=way in together.confidence_set,
        verdict=verdict,
        because=because,
    )


def _horizon(market: Market, said: Said, sessions: int, seed: int) -> Horizon:
    returns = later(market, sessions)
    opinions = bool((said.actions != 0).any())
    known_returns = returns[~np.isnan(returns)]
    return Horizon(
        sessions=sessions,
        coefficient=_estimate(information.mean(coefficients(said.values, returns), seed)),
        hits=_estimate(information.mean(hits(said.actions, returns), seed)) if opinions else None,
        base=float(np.mean(known_returns > 0)) if opinions else None,
    )


def _estimate(found: information.Mean) -> Estimate:
    return Estimate(value=found.value, low=found.low, high=found.high, days=found.days)


def _verdict(first: Horizon, of: Track, skill: float, beats: bool, count: Count) -> tuple[Verdict, str]:
    """What it comes to, in a sentence."""
    days = first.coefficient.days
    if days < ENOUGH or not np.isfinite(of.sharpe):
        return "too little data", f"it ranked symbols on {days} days, and {ENOUGH} are needed"
    tries = f"after {count.trials:,} tries"
    if skill >= SKILL and beats:
        return "helps", f"{tries} the probability of skill is {skill:.0%}, and the stepwise test names it"
    if skill >= SKILL:
        return "does not help", f"the stepwise test over all signals does not name it ({skill:.0%} alone)"
    return "does not help", f"{tries} the probability of skill is {skill:.0%}, and {SKILL:.0%} are needed"
