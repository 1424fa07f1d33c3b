"""Drift, trades and checks of all accounts in one pass: propose, check, hold, rebuild, as `quant.decide`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from quant import checks
from quant.accounts import (
    ABSENT,
    BLOCK,
    PASS,
    STATUSES,
    Accounts,
    Codes,
    Decisions,
    Findings,
    Mask,
    Trades,
)
from quant.accounts.alone import decide_alone, needed_for
from quant.accounts.limits import CHECKS, Found, Round, in_force
from quant.accounts.market import Market
from quant.accounts.orders import propose
from quant.accounts.standing import CODE, Standing
from quant.decide import Decision
from quant.decision_inputs import DecisionInputs
from quant.market.panel import Floats
from quant.plugins import discover
from quant.rebalance.construction import Construction

CHUNK = 1024
"""Accounts that are worked on at a time: their arrays stay in the processor's cache."""
NOT_HELD = np.int8(-1)
Places = npt.NDArray[np.intp]
Columns = dict[str, list[Any]]
"""The pieces of each column."""


@dataclass
class _State:
    """What the rounds have come to for the accounts of a chunk; arrays (accounts, symbols), held -1: not."""

    quantity: Floats
    trigger: Codes
    held: Codes
    begun: bool = False
    found: dict[str, Found] = field(default_factory=dict)

    def note(self, rows: Places, quantity: Floats, trigger: Codes, held: Codes) -> None:
        """What a round proposes for `rows`; what an earlier one has held stays as it was."""
        if len(rows) == len(self.held) and not self.begun:
            self.quantity, self.trigger, self.held = quantity, trigger, held
        else:
            stays = self.held[rows] >= 0
            self.quantity[rows] = np.where(stays, self.quantity[rows], quantity)
            self.trigger[rows] = np.where(stays, self.trigger[rows], trigger)
            self.held[rows] = np.where(stays, self.held[rows], held)
        self.begun = True


def decide(
    accounts: Accounts, inputs: DecisionInputs, watch: Callable[[int], None] = lambda _: None
) -> Decisions:
    """Propose, check and rebuild around what is held, for every account.

    Settings that `quant.accounts.alone.needed_for` names are decided account by account, and so are accounts
    without a value, those whose backcast breaks a limit, and all of them while a check is overridden or a
    symbol's own ticks have no price for its orders. `watch` is told how many are done after
    each that is decided so.
    """
    market = Market(accounts.whole, inputs.policy)
    names = _Names(market)
    slow = bool(needed_for(inputs.policy, inputs.limits) or inputs.controls.overrides or market.unpriced)
    parts = [
        _Chunk(accounts.part(slice(first, first + CHUNK)), inputs, market, names, first, watch).decide(
            slow=slow
        )
        for first in range(0, len(accounts.names), CHUNK)
    ]
    value, actual, breached, trades, findings, built = zip(*parts, strict=True)
    return Decisions(
        np.concatenate(value),
        np.concatenate(actual),
        np.concatenate(breached),
        market.buy,
        market.sell,
        Trades(**_joined(trades)),
        Findings(**_joined(findings)),
        names.checks,
        tuple(names.scopes),
        {row: how for part in built for row, how in part.items()},
    )


@dataclass
class _Names:
    """The codes of checks and scopes."""

    market: Market

    def __post_init__(self) -> None:
        self.checks = tuple(discover(checks))
        self.check = {name: np.int8(code) for code, name in enumerate(self.checks)}
        symbols, classes = self.market.book.symbols, self.market.classes
        names = ["portfolio", *symbols, *(f"class {name}" for name in classes)]
        self.scopes = {name: code for code, name in enumerate(names)}
        self.first = {"portfolio": 0, "symbol": 1, "class": 1 + len(symbols)}

    def scope(self, name: str) -> int:
        """The code of a scope, a new one where it is not known yet."""
        return self.scopes.setdefault(name, len(self.scopes))


@dataclass
class _Chunk:
    """Some accounts; `first` is the place of the first of them among all."""

    accounts: Accounts
    inputs: DecisionInputs
    market: Market
    names: _Names
    first: int
    watch: Callable[[int], None]

    def decide(self, *, slow: bool) -> tuple[Floats, Floats, Mask, Columns, Columns, dict[int, Construction]]:
        """Value, weights and breaches; the columns of trades and of findings; how those alone were built."""
        stand = Standing(self.accounts, self.market, self.inputs)
        alone = np.full(len(stand.value), slow) | ~(stand.value > 0)
        state = self._rounds(stand, np.flatnonzero(~alone), alone)
        quick = ~alone
        trades = _trades(state, quick)
        findings = [*self._findings(state, quick)]
        built: dict[int, Construction] = {}
        for row in np.flatnonzero(alone):
            decision = decide_alone(self.accounts, self.inputs, int(row))
            trades.append(self._trades_alone(int(row), decision))
            findings.append(self._findings_alone(int(row), decision))
            built[self.first + int(row)] = replace(decision.construction, trades=())
            self.watch(self.first + int(row) + 1)
        columns = self._sorted(trades), self._sorted(findings)
        return stand.value, stand.actual, stand.breached, *columns, built

    def _rounds(self, stand: Standing, rows: Places, alone: Mask) -> _State:
        """The rounds of `quant.decide.decide`; what a check leaves to its file is marked in `alone`."""
        shape = self.accounts.quantity.shape
        state = _State(np.zeros(shape), np.zeros(shape, np.int8), np.full(shape, -1, np.int8))
        fixed = np.zeros(shape, bool)
        while len(rows):
            if len(rows) < shape[0]:
                stand = Standing(self.accounts.part(rows), self.market, self.inputs)
            now = Round(stand, propose(stand, fixed[rows]))
            by, holds, left = self._checked(state, now, rows, shape[0])
            alone[rows[left]] = True
            stopped = now.traded & (by >= 0)
            state.note(rows, now.quantity, stand.triggers, np.where(stopped, by, NOT_HELD))
            fixed[rows] |= holds
            rows = rows[stopped.any(axis=1) & ~left]
        return state

    def _checked(self, state: _State, now: Round, rows: Places, count: int) -> tuple[Codes, Mask, Mask]:
        """By which check each trade is held (-1: none), what must not trade, and who is left alone."""
        shape = now.quantity.shape
        own, others = np.full(shape, -1, np.int8), np.full(shape, -1, np.int8)
        holds, left = np.zeros(shape, bool), np.zeros(shape[0], bool)
        known = self.market.book.definitions.named("checks")
        for name in in_force(self.inputs.limits, known):
            found = CHECKS[name][1](now, self.inputs.limits)
            state.found[name] = _kept(state.found.get(name), found, rows, count)
            code = self.names.check[name]
            for mask, by in ((found.own, own), (found.others, others)):
                if mask is not None and mask.any():
                    by[(by < 0) & mask] = code
                    holds |= mask
            if found.alone is not None:
                left |= found.alone
        return np.where(own >= 0, own, others), holds, left

    def _findings(self, state: _State, quick: Mask) -> Iterator[Columns]:
        """Of each check what did not pass, and the nearest to its limit where everything did."""
        for name, found in state.found.items():
            status = np.where(quick[:, None], found.status, ABSENT)
            rows, columns = _told(found.value, status)
            yield {
                "account": [rows],
                "check": [np.full(len(rows), self.names.check[name])],
                "scope": [columns + self.names.first[found.kind]],
                "value": [found.value[rows, columns]],
                "limit": [np.full(len(rows), found.limit)],
                "status": [status[rows, columns]],
            }

    def _findings_alone(self, row: int, decision: Decision) -> Columns:
        found = decision.findings
        value = np.array([[one.value for one in found]])
        told = np.zeros(len(found), bool)
        status = np.array([STATUSES.index(one.status) for one in found])
        for name in {one.check for one in found}:
            same = np.array([one.check == name for one in found])
            told[np.flatnonzero(same)[_told(value[:, same], status[None, same])[1]]] = True
        rows = [one for one, shown in zip(found, told, strict=True) if shown]
        return {
            "account": [np.full(len(rows), row)],
            "check": [np.array([self.names.check[one.check] for one in rows], np.int64)],
            "scope": [np.array([self.names.scope(one.scope) for one in rows], np.int64)],
            "value": [np.array([one.value for one in rows], float)],
            "limit": [np.array([np.nan if one.limit is None else one.limit for one in rows], float)],
            "status": [status[told]],
        }

    def _trades_alone(self, row: int, decision: Decision) -> Columns:
        rows = decision.trades
        held = [self._holder(decision, one.trade.symbol) if one.held_because else -1 for one in rows]
        place = [self.market.book.places[one.trade.symbol] for one in rows]
        return {
            "account": [np.full(len(rows), row)],
            "symbol": [np.array(place, np.int64)],
            "quantity": [np.array([one.trade.signed for one in rows], float)],
            "trigger": [np.array([CODE[one.trade.trigger] for one in rows], np.int64)],
            "held": [np.array(held, np.int64)],
        }

    def _holder(self, decision: Decision, symbol: str) -> int:
        """The check that holds a trade: one about the symbol itself before any other."""
        blocks = [one for one in decision.findings if symbol in one.holds]
        return int(self.names.check[min(blocks, key=lambda one: one.scope != symbol).check])

    def _sorted(self, parts: list[Columns]) -> Columns:
        """The columns of all parts by account, each account's rows in the order in which they come."""
        columns = _joined(parts)
        order = np.argsort(columns["account"], kind="stable") if len(parts) > 1 else slice(None)
        columns["account"] = columns["account"] + self.first
        return {name: [values[order]] for name, values in columns.items()}


def _told(value: Floats, status: Codes) -> tuple[Places, Places]:
    """The rows and columns of those findings of one check that are kept: see `Findings`."""
    nearest = np.argmax(np.where(status == PASS, value, -np.inf), axis=1)
    everyone = np.arange(len(value))
    passes = status[everyone, nearest] == PASS
    failed = status > PASS
    if not failed.any():
        return everyone[passes], nearest[passes]
    failed[everyone, nearest] |= passes & ~failed.any(axis=1)
    rows, columns = np.divmod(np.flatnonzero(failed), value.shape[1])
    return rows, columns


def _kept(before: Found | None, now: Found, rows: Places, count: int) -> Found:
    """A check's findings after a further round, for all accounts: as in `quant.decide`, scope by scope."""
    if before is None and len(rows) == count:
        return now
    width = now.value.shape[1]
    value = np.full((count, width), np.nan) if before is None else before.value.copy()
    status = np.full((count, width), ABSENT) if before is None else before.status.copy()
    old, was = value[rows], status[rows]
    worse = np.abs(now.value - now.limit) > np.abs(old - now.limit)
    replaced = np.where(was == BLOCK, (now.status == BLOCK) & worse, now.status != ABSENT)
    value[rows] = np.where(replaced, now.value, old)
    status[rows] = np.where(replaced, now.status, was)
    return Found(now.kind, value, now.limit, status)


def _trades(state: _State, quick: Mask) -> list[Columns]:
    """The trades as columns: of each account the sells, then the buys."""
    quantity = np.where(quick[:, None], state.quantity, 0.0)
    symbols = quantity.shape[1]
    # Flat: finding what is not zero in two dimensions takes five times as long.
    rows, columns = np.divmod(np.flatnonzero(np.hstack([quantity < 0, quantity > 0])), 2 * symbols)
    columns %= symbols
    return [
        {
            "account": [rows],
            "symbol": [columns],
            "quantity": [quantity[rows, columns]],
            "trigger": [state.trigger[rows, columns]],
            "held": [state.held[rows, columns]],
        }
    ]


def _joined(parts: list[Columns] | tuple[Columns, ...]) -> dict[str, Any]:
    return {name: np.concatenate([piece for part in parts for piece in part[name]]) for name in parts[0]}
