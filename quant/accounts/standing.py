"""Where accounts stand: value, weights, what has fired, and whether to rebalance."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quant.accounts import TRIGGERS, Codes
from quant.accounts.market import Market
from quant.book.drift import NOISE
from quant.book.holdings import Holdings, Mask
from quant.decision_inputs import DecisionInputs
from quant.market.panel import Floats
from quant.policy.when import Expression, parse

CODE = {name: np.int8(code) for code, name in enumerate(TRIGGERS)}


@dataclass(frozen=True)
class Standing:
    """Some accounts before anything is traded; one without a positive value does not rebalance."""

    holdings: Holdings
    market: Market
    inputs: DecisionInputs

    @cached_property
    def actual(self) -> Floats:
        """The weight of each key, shape (accounts, keys); NaN without a value."""
        weights = self.holdings.weights
        return np.concatenate([weights, self.holdings.by_class(weights)], axis=1)

    @cached_property
    def drift(self) -> Floats:
        """Actual less target of each key."""
        return self.actual - self.market.target

    @cached_property
    def breached(self) -> Mask:
        """The keys whose band is broken; NaN breaks none."""
        return np.asarray(np.abs(self.drift) > self.market.edge)

    @cached_property
    def own(self) -> Mask:
        """The symbols whose own band, or missing target, calls for a rebalance as `when` says."""
        symbols = self.breached[:, : len(self.market.price)]
        asked = np.where(self.market.has_target, "band" in self._named, "no_target" in self._named)
        return np.asarray(symbols & asked)

    @cached_property
    def by_class(self) -> Mask:
        """The classes whose band calls for a rebalance as `when` says, shape (accounts, classes)."""
        counted = np.array([name != "none" for name in self.market.classes])
        return np.asarray(
            self.breached[:, len(self.market.price) :] & counted & ("class_band" in self._named)
        )

    @cached_property
    def breached_symbols(self) -> Mask:
        """The symbols that move because of their own band or their class's."""
        return np.asarray(self.own | self.by_class[:, self.market.class_of])

    @cached_property
    def rebalances(self) -> Mask:
        """Whether each account rebalances, shape (accounts,)."""
        past, cooldown = self.inputs.past, self.inputs.policy.cooldown
        if past.idle is not None and past.idle < cooldown:
            return np.zeros(len(self.holdings.value), bool)
        return _holds(self._when, self._fired) & (self.holdings.value > 0)

    @cached_property
    def triggers(self) -> Codes:
        """Why each symbol would trade, as codes: its own breach, its class's, else what leads the account.

        With a destination in the band what has no breach of its own only pays for the others.
        """
        market = self.market
        codes = np.where(self.by_class[:, market.class_of], CODE["class_band"], self._common[:, None])
        return np.where(self.own, np.where(market.has_target, CODE["band"], CODE["no_target"]), codes)

    @cached_property
    def _common(self) -> Codes:
        """What makes symbols without a breach trade: the calendar, else the worst breach, else the rest."""
        count = len(self.holdings.value)
        if self.inputs.policy.destination != "target":
            return np.full(count, CODE["funding"])
        if "calendar" in self._named and self._fired["calendar"].all():
            return np.full(count, CODE["calendar"])
        drifts = np.abs(self.drift[:, : len(self.market.price)])
        worst = np.argmax(np.where(self.own, drifts, -1.0), axis=1)
        own = np.where(self.market.has_target[worst], CODE["band"], CODE["no_target"])
        by_cash = self._fired["cash_flow"] & ("cash_flow" in self._named)
        rest = np.where(by_cash, CODE["cash_flow"], CODE["total_drift"])
        rest = np.where(self.by_class.any(axis=1), CODE["class_band"], rest)
        return np.where(self.own.any(axis=1), own, rest)

    @cached_property
    def _fired(self) -> Mapping[str, Mask]:
        """Whether each trigger fired, shape (accounts,)."""
        policy, symbols = self.inputs.policy, len(self.market.price)
        breached = self.breached[:, :symbols]
        total = np.abs(self.drift[:, :symbols]).sum(axis=1) / 2
        share = self.holdings.cash / self.holdings.value
        count = len(self.holdings.value)
        away = np.abs(share - policy.cash_buffer)
        classes = self.breached[:, symbols:] & np.array([name != "none" for name in self.market.classes])
        never = np.zeros(count, bool)
        return {
            "band": (breached & self.market.has_target).any(axis=1),
            "no_target": (breached & ~self.market.has_target).any(axis=1),
            "class_band": classes.any(axis=1),
            "calendar": np.full(count, policy.calendar != "none" and self.inputs.calendar_due),
            "total_drift": never if policy.total_drift is None else total > policy.total_drift + NOISE,
            "cash_flow": (
                never if policy.cash_flow is None else (away > policy.cash_flow + NOISE) | (share < 0)
            ),
        }

    @property
    def _when(self) -> Expression:
        return parse(self.inputs.policy.when)

    @property
    def _named(self) -> frozenset[str]:
        return self._when.names


def _holds(when: Expression, fired: Mapping[str, Mask]) -> Mask:
    """`Expression.holds` for every account at once."""
    if not when.parts:
        return fired[when.word]
    parts = [_holds(part, fired) for part in when.parts]
    return np.asarray((np.logical_and if when.word == "and" else np.logical_or).reduce(parts))
