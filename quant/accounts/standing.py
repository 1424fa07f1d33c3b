"""Where accounts stand: what has fired, whether to rebalance, and why each symbol would trade."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quant.accounts import Codes
from quant.accounts.market import Market
from quant.book.drift import Drifts
from quant.book.holdings import Holdings, Mask
from quant.decision_inputs import DecisionInputs
from quant.market.panel import Floats
from quant.policy.when import parse
from quant.rebalance.triggering import measures, rebalances
from quant.triggers import Measured, Situation


@dataclass(frozen=True)
class Standing:
    """Some accounts before anything is traded; one without a positive value does not rebalance."""

    holdings: Holdings
    market: Market
    inputs: DecisionInputs

    @cached_property
    def drifts(self) -> Drifts:
        """How far they have drifted."""
        return Drifts(self.holdings, self.market.bands)

    def with_holdings(self, holdings: Holdings) -> Situation:
        """What triggers look at, were these the holdings."""
        return Situation(Drifts(holdings, self.market.bands), self.inputs.calendar_due, self.inputs.past)

    @cached_property
    def _situation(self) -> Situation:
        return Situation(self.drifts, self.inputs.calendar_due, self.inputs.past)

    @cached_property
    def _measured(self) -> Sequence[Measured]:
        return measures(self._situation)

    @cached_property
    def _asked(self) -> Sequence[Measured]:
        """The triggers that `when` names."""
        names = parse(self.inputs.policy.when).names
        return [one for one in self._measured if one.trigger in names]

    @cached_property
    def broken(self) -> Codes:
        """By which trigger each key's band broke, as a code: of several the narrowest; 0: by none."""
        return self._narrowest[1]

    @cached_property
    def reach(self) -> Floats:
        """The band in force of each key, a share of value: the narrowest that broke, else its own."""
        limit, code = self._narrowest
        return np.where(code > 0, limit, self.market.bands.band)

    @cached_property
    def _narrowest(self) -> tuple[Floats, Codes]:
        shape = self.drifts.actual.shape
        limit, code = np.full(shape, np.inf), np.zeros(shape, np.int8)
        for one in self._asked:
            if one.places is not None:
                now = limit[:, one.places]
                narrower = one.fired & (one.limit <= now)
                limit[:, one.places] = np.where(narrower, one.limit, now)
                code[:, one.places] = np.where(narrower, self.market.code[one.trigger], code[:, one.places])
        return limit, code

    @cached_property
    def own(self) -> Mask:
        """The symbols whose own band, or missing target, calls for a rebalance as `when` says."""
        return np.asarray(self.broken[:, : len(self.market.price)] > 0)

    @cached_property
    def by_class(self) -> Mask:
        """The classes whose band calls for a rebalance as `when` says, shape (accounts, classes)."""
        return np.asarray(self.broken[:, len(self.market.price) :] > 0)

    @cached_property
    def breached_symbols(self) -> Mask:
        """The symbols that move because of their own band or their class's."""
        return np.asarray(self.own | self.by_class[:, self.market.class_of])

    @cached_property
    def rebalances(self) -> Mask:
        """Whether each account rebalances, shape (accounts,)."""
        return rebalances(self._situation, self._measured) & (self.holdings.value > 0)

    @cached_property
    def triggers(self) -> Codes:
        """Why each symbol would trade, as codes: its own breach, its class's, else what leads the account.

        With a destination in the band what has no breach of its own only pays for the others.
        """
        symbols = len(self.market.price)
        classes = self.broken[:, symbols:][:, self.market.class_of]
        codes = np.where(classes > 0, classes, self._common[:, None])
        return np.where(self.own, self.broken[:, :symbols], codes)

    @cached_property
    def _common(self) -> Codes:
        """What makes symbols without a breach trade: the calendar, else the worst breach, else the rest."""
        rows, code = np.arange(len(self.holdings.cash)), self.market.code
        if self.inputs.policy.destination != "target":
            return np.full(len(rows), code["funding"])
        general = [one for one in self._asked if one.places is None]
        found = np.zeros(len(rows), np.int8)
        for one in reversed(general):
            found = np.where(one.fired[:, 0], code[one.trigger], found)
        drifts, symbols = np.abs(self.drifts.drift), len(self.market.price)
        for broken, away in (
            (self.broken[:, symbols:], drifts[:, symbols:]), (self.broken[:, :symbols], drifts[:, :symbols]),
        ):  # fmt: skip
            worst = broken[rows, np.argmax(np.where(broken > 0, away, -1.0), axis=1)]
            found = np.where(worst > 0, worst, found)
        for one in general:
            if one.trigger == "calendar":
                found = np.where(one.fired[:, 0], code["calendar"], found)
        return found
