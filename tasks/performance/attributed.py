"""Where a portfolio's return over its strategic weights comes from, by asset class.

The benchmark of the attribution is the policy portfolio, as is usual for a balanced one: every class has its
strategic weight, and within it every instrument its own part of that, at every recorded close anew. A class
returns what its instruments did, weighted so. The rest to 1 is cash, which returns nothing.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quant.book.book import NO_CLASS
from quant.market.panel import Floats
from quant.performance.attribution import brinson_fachler, linking
from tasks.performance.model import Attributed
from tasks.performance.stretch import Stretch

CASH = "cash"


@dataclass(frozen=True)
class Attribution:
    """The weights at the start of each period and the returns over it; shapes (periods, instruments).

    `missing` are the symbols without a price when they were held or aimed at: without them nothing is known.
    """

    known: Stretch

    @cached_property
    def symbols(self) -> list[str]:
        """All that was held or aimed at."""
        aimed = {one.symbol for one in self.known.aims}
        return sorted(aimed | {one.symbol for one in self.known.weights})

    @cached_property
    def moved(self) -> Floats:
        """Simple returns in the portfolio's currency, distributions in them."""
        worth = self.known.worth(self.symbols)
        return np.asarray(worth[1:] / worth[:-1] - 1)

    @cached_property
    def held(self) -> Floats:
        """What each was of what was there at the start: the value before, and what then came in."""
        before, flows = self.known.values[:-1], self.known.flows[1:]
        scale = before / (before + flows)
        return (
            self._table({(one.run_id, one.symbol): one.weight for one in self.known.weights}) * scale[:, None]
        )

    @cached_property
    def aimed(self) -> Floats:
        """Its strategic weight."""
        return self._table({(one.run_id, one.symbol): one.weight for one in self.known.aims})

    @cached_property
    def missing(self) -> list[str]:
        """Symbols without a price where one is needed."""
        lacking = (np.isnan(self.moved) & ((self.held != 0) | (self.aimed != 0))).any(axis=0)
        return [symbol for symbol, lacks in zip(self.symbols, lacking.tolist(), strict=True) if lacks]

    @cached_property
    def strategic(self) -> Floats:
        """The return of the strategic weights in each period."""
        return np.asarray((self.aimed * np.nan_to_num(self.moved)).sum(axis=1))

    def rows(self) -> tuple[list[Attributed], float]:
        """The effects of each class linked over time, in the order of the file, and what they leave over."""
        classes = self._classes
        weights, returns = self._by_class(self.held, classes)
        own, its = self._by_class(self.aimed, classes)
        found = brinson_fachler(weights, returns, own, its)
        mine = self.known.grown.growth[1:] - 1
        factor = linking(mine, self.strategic)
        left = mine - self.strategic - found.total.sum(axis=1)
        rows = [
            Attributed(
                asset_class=name,
                weight=float(weights[:, place].mean()),
                target=float(own[:, place].mean()),
                allocation=float(factor @ found.allocation[:, place]),
                selection=float(factor @ found.selection[:, place]),
                interaction=float(factor @ found.interaction[:, place]),
            )
            for place, name in enumerate([*classes, CASH])
        ]
        return rows, float(factor @ left)

    @cached_property
    def _classes(self) -> list[str]:
        """The names of the classes, in the order of the last file, then those of before."""
        last = (target.asset_class for target in self.known.portfolio.target)
        named = dict.fromkeys([*last, *sorted({one.asset_class for one in self.known.aims})])
        others = (self.held[:, self._members(NO_CLASS)] != 0).any()
        return [*named, *([NO_CLASS] if others else [])]

    @cached_property
    def _class_of(self) -> dict[str, str]:
        """The class of each symbol, by the newest file that says so."""
        place = {row.run_id: at for at, row in enumerate(self.known.rows)}
        return {one.symbol: one.asset_class for one in sorted(self.known.aims, key=lambda a: place[a.run_id])}

    def _members(self, name: str) -> list[int]:
        return [at for at, one in enumerate(self.symbols) if self._class_of.get(one, NO_CLASS) == name]

    def _by_class(self, weights: Floats, classes: list[str]) -> tuple[Floats, Floats]:
        """Weights and returns of each class and of cash; NaN where a class has no weight."""
        moved = np.nan_to_num(self.moved)
        whole = np.column_stack([weights[:, self._members(name)].sum(axis=1) for name in classes])
        earned = np.column_stack([(weights * moved)[:, self._members(name)].sum(axis=1) for name in classes])
        returns = np.divide(earned, whole, out=np.full(whole.shape, np.nan), where=whole != 0)
        cash = 1 - whole.sum(axis=1)
        return np.column_stack([whole, cash]), np.column_stack([returns, np.zeros(len(cash))])

    def _table(self, found: dict[tuple[str, str], float]) -> Floats:
        rows = self.known.rows[:-1]
        return np.array([[found.get((row.run_id, symbol), 0.0) for symbol in self.symbols] for row in rows])
