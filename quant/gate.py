"""The gate: every check over the rows, what they hold, and the rounds until no further trade is held.

Arrays have the shape (rows, symbols) unless they say otherwise. Words are made for single findings, at the
end.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from types import ModuleType
from typing import cast

import numpy as np

from quant import checks
from quant.book.book import Book
from quant.book.holdings import Codes, Mask, Places
from quant.checks import ABSENT, BLOCK, STATUSES, WARN, CheckContext, Finding, Measured, Status, Words
from quant.decision_inputs import DecisionInputs
from quant.market.panel import Floats
from quant.plugins import named
from quant.rebalance.controls import HOLDS_REGARDLESS, Override

NOT_HELD = np.int8(-1)
Key = tuple[int, str | None]
"""A check, by its place among the files, and the scope of what it measured."""


@dataclass(frozen=True)
class Kept:
    """What stays of one check and scope after all rounds, for all rows; `round` is where it was measured."""

    value: Floats
    limit: float
    status: Codes
    round: Codes


@dataclass(frozen=True)
class Round:
    """The proposals for some `rows` of all, and what each check found of them, by its place."""

    rows: Places
    context: CheckContext
    measured: Sequence[tuple[int, Measured]]

    @cached_property
    def own(self) -> Codes:
        """By which check each trade is held, of findings about its own symbol; -1: by none."""
        return self._by(lambda one: one.blocks if one.scope is None else None)

    @cached_property
    def by(self) -> Codes:
        """By which check each trade is held, one about its own symbol before any other; -1: by none."""
        others = self._by(_others)
        return np.where(self.context.traded, np.where(self.own >= 0, self.own, others), NOT_HELD)

    @cached_property
    def holds(self) -> Mask:
        """What must not trade from now on."""
        found = self.own >= 0
        for _, one in self.measured:
            mask = _others(one)
            if mask is not None:
                found |= mask
        return found

    @property
    def stopped(self) -> Mask:
        """The trades that are held."""
        return np.asarray(self.by >= 0)

    def because(self, row: int, symbol: int) -> str:
        """Why a trade is held, in one sentence: a finding about the symbol itself comes first."""
        first: tuple[Measured, int] | None = None
        own: tuple[Measured, int] | None = None
        count = 0
        for _, one in self.measured:
            columns = np.flatnonzero(one.blocks[row])
            if one.scope is None:
                whole = one.holds[row, columns] if one.holds is not None else False
                columns = columns[(columns == symbol) | whole]
                if own is None and symbol in columns:
                    own = one, symbol
            elif one.holds is None or not one.holds[row, symbol]:
                columns = columns[:0]
            count += len(columns)
            if first is None and len(columns):
                first = one, int(columns[0])
        measured, column = own or cast(tuple[Measured, int], first)
        more = f" (and {count - 1} more)" if count > 1 else ""
        return measured.words(row, column).because + more

    def _by(self, mask: Callable[[Measured], Mask | None]) -> Codes:
        by = np.full(self.context.quantity.shape, NOT_HELD)
        for place, one in self.measured:
            held = mask(one)
            if held is not None and held.any():
                by[(by < 0) & held] = place
        return by


def _others(one: Measured) -> Mask | None:
    """What a finding holds beside its own symbol: all of a row, or what the check says."""
    if one.holds is None:
        return None
    held = one.holds & one.blocks
    return np.asarray(held.any(axis=1))[:, None] if one.scope is None else np.asarray(held)


@dataclass(frozen=True)
class Settled:
    """The rounds of some rows, the first one of all of them."""

    files: Mapping[str, ModuleType]
    rounds: Sequence[Round]

    @cached_property
    def kept(self) -> Mapping[Key, Kept]:
        """What stays of each check and scope.

        The worst finding that blocked; where none did, that of the last round in which it was looked at.
        """
        found: dict[Key, Kept] = {}
        for number, now in enumerate(self.rounds):
            for place, one in now.measured:
                key = place, one.scope
                found[key] = _merged(found.get(key), one, now.rows, number, len(self.rounds[0].rows))
        return found

    def findings(self, row: int = 0) -> tuple[Finding, ...]:
        """Those of one row with their words, in the order in which they came up."""
        holds: dict[tuple[Key, int], Mask] = {}
        for now in self.rounds:
            for local in np.flatnonzero(now.rows == row).tolist():
                for place, one in now.measured:
                    for column in _columns(one, now.context, local):
                        key = (place, one.scope), column
                        held = one.holding(local, column)
                        holds[key] = holds[key] | held if key in holds else held
        return tuple(self._finding(row, *key, held) for key, held in holds.items())

    def _finding(self, row: int, key: Key, column: int, held: Mask) -> Finding:
        kept, name = self.kept[key], [*self.files][key[0]]
        now = self.rounds[int(kept.round[row, column])]
        local = int(np.flatnonzero(now.rows == row)[0])
        one = next(one for place, one in now.measured if (place, one.scope) == key)
        words, symbols = one.words(local, column), now.context.holdings.book.symbols
        status = cast(Status, STATUSES[kept.status[row, column]])
        blocks = status == "block"
        return Finding(
            name,
            symbols[column] if one.scope is None else one.scope,
            float(kept.value[row, column]),
            kept.limit,
            status,
            words.rule,
            frozenset(symbols[i] for i in np.flatnonzero(held)) if blocks else frozenset(),
            words.because if blocks else "",
            self.files[name].REFERENCE,
        )


def _columns(one: Measured, context: CheckContext, row: int) -> list[int]:
    """Where the findings of a row stand, in the order in which they are reported."""
    if one.by_trade:
        places = context.sequence(row)
        return list(places[one.status[row, places] != ABSENT].tolist())
    return list(np.flatnonzero(one.status[row] != ABSENT).tolist())


def files(book: Book) -> Mapping[str, ModuleType]:
    """The checks that a book's definitions know, by name."""
    return _files(book.definitions.named("checks"))


@cache
def _files(names: tuple[str, ...] | None) -> Mapping[str, ModuleType]:
    return named(checks, names)


def settle(
    known: Mapping[str, ModuleType],
    inputs: DecisionInputs,
    count: int,
    propose: Callable[[Places, Mask], CheckContext],
    leaves: Callable[[Round], Mask] | None = None,
) -> Settled:
    """Propose, check, and propose anew around what is held, until no further trade is held.

    `known` are the checks, as `files` gives them. `propose` gives the orders of some of `count` rows, whose
    `fixed` symbols must not trade. A row that `leaves` says of a round has no further one.
    """
    rows, fixed = np.arange(count), np.zeros((count, len(inputs.book.symbols)), bool)
    rounds: list[Round] = []
    while not rounds or len(rows):
        context = propose(rows, fixed[rows])
        now = Round(rows, context, [*_measured(context, known)])
        rounds.append(now)
        fixed[rows] |= now.holds
        goes_on = np.asarray(now.stopped.any(axis=1))
        rows = rows[goes_on if leaves is None else goes_on & ~leaves(now)]
    return Settled(known, rounds)


def _measured(context: CheckContext, known: Mapping[str, ModuleType]) -> Iterator[tuple[int, Measured]]:
    """What every check finds, in the order of their names; what is overridden no longer holds."""
    for place, (name, check) in enumerate(known.items()):
        for one in check.measure(context):
            yield place, overridden(name, one, context)


def overridden(check: str, found: Measured, context: CheckContext) -> Measured:
    """The findings of a check with what is overridden no longer held, and why; WARN when nothing is left.

    An override of one symbol frees that symbol alone.
    """
    for one in context.inputs.controls.overrides:
        if check == one.check and check not in HOLDS_REGARDLESS:
            found = _freed(found, one, context)
    return found


def _freed(found: Measured, one: Override, context: CheckContext) -> Measured:
    names = np.array(context.holdings.book.symbols)
    free = np.full(len(names), True) if one.symbol is None else names == one.symbol
    if found.scope is None:
        freed = left_none = found.blocks & free
        holds = found.holds
    else:
        assert found.holds is not None
        freed = found.blocks & np.asarray((found.holds & free).any(axis=1))[:, None]
        holds = found.holds & ~free
        left_none = freed & ~np.asarray(holds.any(axis=1))[:, None]

    def words(row: int, column: int) -> Words:
        plain = found.words(row, column)
        return plain._replace(rule=f"{plain.rule}; {one}") if freed[row, column] else plain

    status = np.where(left_none, WARN, found.status)
    return replace(found, holds=holds, status=status, words=words)


def _merged(before: Kept | None, now: Measured, rows: Places, number: int, count: int) -> Kept:
    """What is kept of one check and scope after a further round of some rows."""
    width = now.value.shape[1]
    if before is None and len(rows) == count:
        return Kept(now.value, now.limit, now.status, np.broadcast_to(np.int32(number), now.value.shape))
    if before is None:
        before = Kept(
            np.full((count, width), np.nan),
            now.limit,
            np.full((count, width), ABSENT),
            np.zeros((count, width), np.int32),
        )
    value, status, source = before.value.copy(), before.status.copy(), np.array(before.round)
    old, was = value[rows], status[rows]
    worse = np.abs(now.value - now.limit) > np.abs(old - now.limit)
    replaced = np.where(was == BLOCK, (now.status == BLOCK) & worse, now.status != ABSENT)
    value[rows] = np.where(replaced, now.value, old)
    status[rows] = np.where(replaced, now.status, was)
    source[rows] = np.where(replaced, number, source[rows])
    return Kept(value, now.limit, status, source)
