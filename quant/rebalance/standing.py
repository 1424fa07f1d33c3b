"""Where rows stand: what has fired, whether to rebalance, and why each symbol would trade."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quant.book.book import Book
from quant.book.drift import Bands, Drifts
from quant.book.holdings import Codes, Holdings, Mask, Places
from quant.market.panel import Floats
from quant.policy.policy import Policy
from quant.policy.when import parse
from quant.rebalance.triggering import known, measures, rebalances
from quant.triggers import Measured, Situation

NO_KEY = -1


def triggers(book: Book) -> tuple[str, ...]:
    """What makes a symbol trade: the code of each is its place here, 0 that of nothing."""
    return ("none", *known(book), "funding", "cash_first", "harvest")


@dataclass(frozen=True)
class Standing:
    """Rows before anything is traded; one without a positive value does not rebalance.

    Keys are those of `quant.book.drift.Bands`: the symbols, then the classes.
    """

    situation: Situation

    @property
    def holdings(self) -> Holdings:
        """What the rows hold."""
        return self.situation.holdings

    @property
    def drifts(self) -> Drifts:
        """How far they have drifted."""
        return self.situation.drifts

    @property
    def bands(self) -> Bands:
        """Their targets and bands."""
        return self.situation.drifts.bands

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return self.situation.policy

    @cached_property
    def code(self) -> Mapping[str, np.int8]:
        """The code of each of `triggers`."""
        return {name: np.int8(code) for code, name in enumerate(triggers(self.holdings.book))}

    @cached_property
    def measured(self) -> Sequence[Measured]:
        """What every trigger found."""
        return measures(self.situation)

    @cached_property
    def rebalances(self) -> Mask:
        """Whether each row rebalances, shape (rows,)."""
        return rebalances(self.situation, self.measured) & (self.holdings.value > 0)

    @cached_property
    def broken(self) -> Codes:
        """By which trigger each key's band broke, as a code: of several the narrowest; 0: by none."""
        return self._narrowest[1]

    @cached_property
    def reach(self) -> Floats:
        """The band in force of each key, a share of value: the narrowest that broke, else its own."""
        limit, code = self._narrowest
        return np.where(code > 0, limit, self.bands.band)

    @cached_property
    def own(self) -> Mask:
        """The symbols whose own band, or missing target, calls for a rebalance as `when` says."""
        return np.asarray(self.broken[:, : self._symbols] > 0)

    @cached_property
    def by_class(self) -> Mask:
        """The classes whose band calls for a rebalance as `when` says, shape (rows, classes)."""
        return np.asarray(self.broken[:, self._symbols :] > 0)

    @cached_property
    def breached(self) -> Mask:
        """The symbols that move because of their own band or their class's."""
        return np.asarray(self.own | self.by_class[:, self.holdings.book.class_of])

    @cached_property
    def triggers(self) -> Codes:
        """Why each symbol would trade, as codes: its own breach, its class's, else what leads the row.

        With a destination in the band what has no breach of its own only pays for the others.
        """
        symbols, target = self._symbols, self.policy.destination == "target"
        classes = self.broken[:, symbols:][:, self.holdings.book.class_of]
        others = self.leading[1][:, None] if target else self.code["funding"]
        return np.where(self.own, self.broken[:, :symbols], np.where(classes > 0, classes, others))

    @cached_property
    def leading(self) -> tuple[Places, Codes]:
        """Why each row as a whole rebalances: the key whose band is behind it, and the trigger.

        The calendar, else the worst breach (an instrument's explains more than its class's; of equal drifts
        the one with the wider band), else what else has fired. `NO_KEY` where that is no band.
        """
        rows = np.arange(len(self.holdings.cash))
        place, found = np.full(len(rows), NO_KEY), np.zeros(len(rows), np.int8)
        general = [one for one in self._asked if one.places is None]
        for one in reversed(general):
            found = np.where(one.fired[:, 0], self.code[one.trigger], found)
        for keys in (slice(self._symbols, None), slice(self._symbols)):
            worst = self._worst(keys)
            code = self.broken[rows, worst]
            place, found = np.where(code > 0, worst, place), np.where(code > 0, code, found)
        for one in general:
            if one.trigger == "calendar":
                place = np.where(one.fired[:, 0], NO_KEY, place)
                found = np.where(one.fired[:, 0], self.code["calendar"], found)
        return place, found

    def _worst(self, keys: slice) -> Places:
        """The key of each row that has drifted furthest, of some of those that broke; any where none did."""
        away = np.where(self.broken[:, keys] > 0, np.abs(self.drifts.drift[:, keys]), -1.0)
        first = np.argmax(away, axis=1)
        # Ties are rare, and looking for the wider band takes longer than all the rest.
        most = away[np.arange(len(away)), first]
        alike = away == np.where(most < 0, np.nan, most)[:, None]
        if np.count_nonzero(alike) == np.count_nonzero(most >= 0):
            return np.asarray(first + (keys.start or 0))
        ties = np.flatnonzero(alike.sum(axis=1) > 1)
        widest = np.where(away[ties] == most[ties, None], self._widest(ties)[:, keys], -np.inf)
        first[ties] = np.argmax(widest, axis=1)
        return np.asarray(first + (keys.start or 0))

    def _widest(self, rows: Places) -> Floats:
        """The widest of the bands by which each key of some rows broke; -inf where none did."""
        found = np.full((len(rows), self.broken.shape[1]), -np.inf)
        for one in self._asked:
            if one.places is not None:
                limit = np.where(one.fired[rows], one.limit[rows], -np.inf)
                found[:, one.places] = np.maximum(found[:, one.places], limit)
        return found

    @cached_property
    def _symbols(self) -> int:
        return len(self.holdings.book.symbols)

    @cached_property
    def _asked(self) -> Sequence[Measured]:
        """The triggers that `when` names."""
        names = parse(self.policy.when).names
        return [one for one in self.measured if one.trigger in names]

    @cached_property
    def _narrowest(self) -> tuple[Floats, Codes]:
        shape = self.drifts.actual.shape
        limit, code = np.full(shape, np.inf), np.zeros(shape, np.int8)
        for one in self._asked:
            if one.places is not None:
                now = limit[:, one.places]
                narrower = one.fired & (one.limit <= now)
                limit[:, one.places] = np.where(narrower, one.limit, now)
                code[:, one.places] = np.where(narrower, self.code[one.trigger], code[:, one.places])
        return limit, code
