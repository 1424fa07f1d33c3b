"""Between a proposal and the portfolio manager: every check, and the rebuild around what they hold."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from quant.book.book import Book, Trade
from quant.book.holdings import Mask, Places
from quant.checks import CheckContext, Finding
from quant.decision_inputs import DecisionInputs
from quant.gate import files, settle
from quant.rebalance import instructed
from quant.rebalance.construction import Construction, construct
from quant.rebalance.harvest import Harvest, harvests
from quant.trading.sizing import before


@dataclass(frozen=True)
class Decided:
    """A proposed trade; `held_because` says in one sentence why it must not be done, None when it may."""

    trade: Trade
    held_because: str | None


@dataclass(frozen=True)
class Decision:
    """All trades, proposed and held, sells first; what each check found; how the last round was built.

    Where that found no optimum, its conflict is that of the first round without one: what is held by then
    follows from it. `untraded` has the reason of every other symbol, from the last round in which it could
    have been traded.
    """

    trades: tuple[Decided, ...]
    untraded: dict[str, str]
    findings: tuple[Finding, ...]
    construction: Construction


def decide(inputs: DecisionInputs, proposal: Construction | None = None) -> Decision:
    """Propose, check, and rebuild with what is held fixed at zero, until no further trade is held.

    A held trade keeps the quantity that it had when it was held. Per check and scope the worst finding that
    blocked stays; where none did, the last evaluation does. What is overridden holds nothing.
    `proposal` is what `proposed` has made of these inputs; without one it is made.
    """

    def build(harvested: Sequence[Harvest], held: frozenset[str]) -> Construction:
        if proposal is not None and not held and not harvested:
            return proposal
        return proposed(inputs, held, harvested)

    def settled(harvested: Sequence[Harvest]) -> Decision:
        return _settled(inputs, partial(build, harvested))

    return _harvested(settled, _possible(inputs))


def proposed(
    inputs: DecisionInputs, held: frozenset[str] = frozenset(), harvests: Sequence[Harvest] = ()
) -> Construction:
    """The trades that are asked for before any check, none of `held` symbols.

    Those of the policy, which `harvests` join, or those of an instruction alone.
    """
    if inputs.instruction is not None:
        return instructed.construct(
            inputs.instruction, inputs.book, inputs.policy, inputs.calendar_due, held, inputs.past
        )
    return construct(
        inputs.book, inputs.policy, inputs.calendar_due, held, inputs.past, inputs.terms, harvests
    )


def _possible(inputs: DecisionInputs) -> Sequence[Harvest]:
    """The losses that may be harvested beside the policy's trades; an instruction has no others."""
    if inputs.terms is None or inputs.instruction is not None:
        return ()
    return harvests(inputs.book, inputs.policy, inputs.past, inputs.terms)


def _harvested(settled: Callable[[Sequence[Harvest]], Decision], possible: Iterable[Harvest]) -> Decision:
    """What is decided without harvests, and each of those `possible` that adds to it, one by one."""
    found = settled(())
    for one in possible:
        tried = settled((*found.construction.harvested, one))
        if _adds(tried, found, one):
            found = tried
    return found


def _adds(tried: Decision, before: Decision, one: Harvest) -> bool:
    """Whether a harvest passes all checks and leaves what was decided `before` it as it is.

    Another symbol's sales depend on no cash: where they change, the harvest takes up a turnover cap.
    """
    passes = one in tried.construction.harvested and _held(tried) <= _held(before)
    return passes and _sales(tried, one) == _sales(before, one)


def _held(found: Decision) -> set[str]:
    return {row.trade.symbol for row in found.trades if row.held_because}


def _sales(found: Decision, one: Harvest) -> dict[str, float]:
    """The quantities sold of the symbols that a harvest does not trade."""
    return {
        row.trade.symbol: row.trade.quantity
        for row in found.trades
        if row.trade.side == "SELL" and row.trade.symbol not in {one.sold, one.bought}
    }


def _settled(inputs: DecisionInputs, build: Callable[[frozenset[str]], Construction]) -> Decision:
    """The rounds of `decide` for a book as one row; `build` makes the trades but for held symbols."""
    book, built = inputs.book, list[Construction]()
    reasons: dict[str, str] = {}

    def propose(_: Places, fixed: Mask) -> CheckContext:
        held = frozenset(book.symbols[i] for i in np.flatnonzero(fixed[0]))
        built.append(build(held))
        reasons.update((symbol, why) for symbol, why in built[-1].untraded.items() if symbol not in held)
        return CheckContext.of(inputs, built[-1].trades)

    settled = settle(files(book), inputs, 1, propose)
    decided = [
        Decided(trade, now.because(0, place) if now.stopped[0, place] else None)
        for now, one in zip(settled.rounds, built, strict=True)
        for trade in one.trades
        if now.stopped[0, place := book.places[trade.symbol]] or one is built[-1]
    ]
    traded = {one.trade.symbol for one in decided}
    untraded = {symbol: why for symbol, why in reasons.items() if symbol not in traded}
    return Decision(_in_order(book, decided), untraded, settled.findings(), _last(book, built))


def _last(book: Book, built: Sequence[Construction]) -> Construction:
    """How the last round was built, with the conflict of the first that has one."""
    failed = next((one for one in built if one.conflict), None)
    if built[-1].conflict and failed and not before(book):
        return replace(built[-1], status=failed.status, conflict=failed.conflict)
    return built[-1]


def _in_order(book: Book, trades: Sequence[Decided]) -> tuple[Decided, ...]:
    def place(decided: Decided) -> tuple[bool, int]:
        return decided.trade.side == "BUY", book.places[decided.trade.symbol]

    return tuple(sorted(trades, key=place))
