"""All that a decision depends on: gathered once, and the same for a run, its replay and every what-if."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from quant.book.book import Book
from quant.market.panel import Floats, Panel
from quant.market.returns import last_known, previous
from quant.policy.policy import Limits, Policy
from quant.rebalance.controls import NONE, Controls
from quant.rebalance.instructed import Instruction
from quant.rebalance.rebalance import NOTHING_BEFORE
from quant.risk.measures import reach
from quant.trading.trading_terms import TradingTerms
from quant.triggers import Past

RETURNS = 500  # of the longest backcast
VOLUMES = 20  # sessions of the average daily volume


@dataclass(frozen=True)
class Evidence:
    """What the checks read of the market; aligned with a book's symbols, meanings as in `CheckContext`."""

    returns: Floats
    benchmark: Floats
    previous_adjusted: Floats
    average_volume: Floats
    stale: Floats


@dataclass(frozen=True)
class DecisionInputs:
    """What `quant.decide` decides from, and nothing else: equal inputs give equal decisions.

    `evidence`, `past` and `terms` are aligned with the symbols of `book`. `calendar_due`: whether the
    calendar of `policy` asks for a rebalancing on the session. `kill_switch`: why everything is held, or
    None. The four mappings have a sentence for each symbol that they name: `quarantined` (its bar of the
    session was rejected), `unreconciled` (its quantity does not count a split, or may not), `unrated` (its
    rate is missing), `disputed` (its prices are in doubt). `terms` are what trading costs, None where that is
    not known: then nothing is optimised or harvested. `controls`: what people decided and other runs did.
    `instruction`: what is asked for instead of the policy's rebalance, None in every run.

    For many accounts `book` is their sum and `terms` have no lots, because each account has its own; `past`
    is the portfolio's: a cooldown counts from its last recommended rebalance, whichever accounts had a part
    in that.
    """

    book: Book
    policy: Policy
    limits: Limits
    calendar_due: bool
    evidence: Evidence
    kill_switch: str | None = None
    quarantined: Mapping[str, str] = field(default_factory=dict)
    unreconciled: Mapping[str, str] = field(default_factory=dict)
    unrated: Mapping[str, str] = field(default_factory=dict)
    disputed: Mapping[str, str] = field(default_factory=dict)
    past: Past = NOTHING_BEFORE
    terms: TradingTerms | None = None
    controls: Controls = NONE
    instruction: Instruction | None = None

    @property
    def known_terms(self) -> TradingTerms:
        """What trading costs, where that is known; it is for every run."""
        assert self.terms is not None
        return self.terms


def evidence(panels: Sequence[Panel], symbols: Sequence[str], returns: Floats, benchmark: Floats) -> Evidence:
    """The market's last sessions for a book's `symbols`; one that no panel has is all NaN.

    Each panel has the sessions of one exchange. `returns` are aligned with `symbols`, and `benchmark` with
    their sessions, of which those count among which the last 500 that are known must lie.
    """
    found = {
        symbol: row for panel in panels for symbol, row in zip(panel.symbols, _conditions(panel), strict=True)
    }
    unknown = np.full(3, np.nan)
    rows = np.array([found.get(symbol, unknown) for symbol in symbols])
    return Evidence(returns[-reach(RETURNS) :], benchmark[-reach(RETURNS) :], *rows.reshape(-1, 3).T)


def _conditions(panel: Panel) -> Floats:
    """Per symbol the previous adjusted close, the average volume and the sessions since the last close.

    Shape (symbols, 3). The volumes are the last 20 accepted ones, wherever they lie.
    """
    rows = np.arange(len(panel.close), dtype=float).reshape(-1, 1)
    newest = np.max(np.where(np.isnan(panel.close), -1, rows), axis=0, initial=-1)
    stale = np.where(newest < 0, np.nan, len(panel.close) - 1 - newest)
    average = last_known(panel.volume, VOLUMES).mean(axis=0)
    return np.column_stack([previous(panel.total)[-1], average, stale])
