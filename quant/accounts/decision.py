"""Drift, trades and checks of all accounts in one pass: propose, check, hold, rebuild, as `quant.decide`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from quant import checks, plugins
from quant.accounts import Accounts, Decisions, Findings, Trades
from quant.accounts.alone import BACKCASTS, before, decide_alone, needed_for
from quant.book.book import Book
from quant.book.drift import Bands
from quant.book.holdings import Codes, Holdings, Mask, Places
from quant.checks import ABSENT, PASS, STATUSES, CheckContext
from quant.decide import Decision
from quant.decision_inputs import DecisionInputs
from quant.gate import Round, Settled, files, settle
from quant.market.panel import Floats
from quant.rebalance.construction import Construction
from quant.rebalance.intent import intend, orders
from quant.rebalance.pairs import situation, together
from quant.rebalance.standing import Standing, triggers
from quant.trading.limit_prices import LimitPrices

CHUNK = 1024
"""Accounts that are worked on at a time: their arrays stay in the processor's cache."""
Columns = dict[str, list[Any]]
"""The pieces of each column."""


def decide(
    accounts: Accounts, inputs: DecisionInputs, watch: Callable[[int], None] = lambda _: None
) -> Decisions:
    """Propose, check and rebuild around what is held, for every account.

    Settings that `quant.accounts.alone.needed_for` names are decided account by account. `watch` gets how
    many are done after each that is decided so.
    """
    common = _Common(inputs, accounts.whole)
    slow = bool(needed_for(inputs) or (before(accounts.whole) and common.prices.unpriced))
    parts = [
        _Chunk(accounts, slice(first, first + CHUNK), common, watch).decide(slow=slow)
        for first in range(0, len(accounts.names), CHUNK)
    ]
    value, actual, breached, trades, findings, built = zip(*parts, strict=True)
    return Decisions(
        np.concatenate(value),
        np.concatenate(actual),
        np.concatenate(breached),
        common.prices.buy,
        common.prices.sell,
        Trades(**_joined(trades)),
        Findings(**_joined(findings)),
        common.checks,
        tuple(common.scopes),
        common.triggers,
        {row: how for part in built for row, how in part.items()},
    )


@dataclass
class _Common:
    """What does not differ between accounts: bands, limit prices; codes of triggers, checks and scopes."""

    inputs: DecisionInputs
    book: Book

    def __post_init__(self) -> None:
        self.bands = Bands(together(self.book), self.inputs.policy)
        self.prices = LimitPrices(self.book, self.inputs.policy.limit_offset)
        self.triggers = triggers(self.book)
        self.checks, self.files = tuple(plugins.names(checks)), files(self.book)
        self.check = {name: np.int8(code) for code, name in enumerate(self.checks)}
        self.known = np.array([*(self.check[name] for name in self.files), -1])
        symbols, classes = self.book.symbols, self.book.members
        names = ["portfolio", *symbols, *(f"class {name}" for name in classes)]
        self.scopes = {name: code for code, name in enumerate(names)}
        self.symbols = np.arange(1, 1 + len(symbols))

    def standing(self, holdings: Holdings) -> Standing:
        """Where accounts stand before anything is traded."""
        return Standing(situation(holdings, self.bands, self.inputs.calendar_due, self.inputs.past))

    def scope(self, name: str) -> int:
        """The code of a scope, a new one where it is not known yet."""
        return self.scopes.setdefault(name, len(self.scopes))

    def scopes_of(self, name: str | None) -> Codes:
        """The codes of a measure's columns: those of the symbols where each is its own scope."""
        return self.symbols if name is None else np.array([self.scope(name)])


@dataclass
class _Chunk:
    """Some accounts, whose places among all are `rows`."""

    accounts: Accounts
    rows: slice
    common: _Common
    watch: Callable[[int], None]
    triggers: list[Codes] = field(default_factory=list)

    def decide(self, *, slow: bool) -> tuple[Floats, Floats, Mask, Columns, Columns, dict[int, Construction]]:
        """Value, weights and breaches; the columns of trades and of findings; how those alone were built."""
        holdings = self.accounts.holdings.part(self.rows)
        stand, value, first = self.common.standing(holdings), holdings.value, self.rows.start
        alone = np.full(len(value), slow)
        if before(self.common.book):
            alone |= ~(value > 0)
        quick = np.flatnonzero(~alone)
        trades, findings = list[Columns](), list[Columns]()
        if len(quick):
            settled = self._settled(holdings, stand, quick)
            for now in settled.rounds:
                alone[quick[now.rows[self._leaves(now)]]] = True
            trades.append(self._trades(settled, quick, ~alone))
            findings += self._findings(settled, quick, ~alone)
        built: dict[int, Construction] = {}
        for row in np.flatnonzero(alone).tolist():
            decision = decide_alone(self.accounts, self.common.inputs, first + row)
            trades.append(self._trades_alone(row, decision))
            findings.append(self._findings_alone(row, decision))
            built[first + row] = replace(decision.construction, trades=())
            self.watch(first + row + 1)
        columns = self._sorted(trades), self._sorted(findings)
        return value, stand.drifts.actual, stand.drifts.breached, *columns, built

    def _settled(self, holdings: Holdings, stand: Standing, quick: Places) -> Settled:
        """The rounds of the accounts in `quick`; `triggers` has why they would trade, round by round."""
        common, prices = self.common, self.common.prices

        def proposed(rows: Places, fixed: Mask) -> CheckContext:
            every = len(rows) == len(holdings.cash)
            part = holdings if every else holdings.part(quick[rows])
            intent = intend(stand if every else common.standing(part), part, prices, fixed)
            self.triggers.append(intent.plan.trigger)
            quantity = orders(intent, intent.plan.desired).quantity
            return CheckContext(common.inputs, part, quantity, prices.buy, prices.sell)

        return settle(common.files, common.inputs, len(quick), proposed, self._leaves)

    def _leaves(self, now: Round) -> Mask:
        """The rows of a round that a run of before decides alone: those whose backcast breaks a limit."""
        left = np.zeros(len(now.rows), bool)
        if before(self.common.book):
            for check, one in now.measured:
                if self.common.checks[self.common.known[check]] in BACKCASTS:
                    left |= (one.value > one.limit)[:, 0]
        return left

    def _trades(self, settled: Settled, quick: Places, those: Mask) -> Columns:
        """The trades as columns: of each account the sells, then the buys; what was held stays as it was."""
        shape = len(quick), len(self.common.book.symbols)
        first, *later = zip(settled.rounds, self.triggers, strict=True)
        quantity, trigger, held = first[0].context.quantity.copy(), first[1].copy(), first[0].by.copy()
        for now, codes in later:
            stays = held[now.rows] >= 0
            quantity[now.rows] = np.where(stays, quantity[now.rows], now.context.quantity)
            trigger[now.rows] = np.where(stays, trigger[now.rows], codes)
            held[now.rows] = np.where(stays, held[now.rows], now.by)
        quantity[~those[quick]] = 0.0
        # Flat: finding what is not zero in two dimensions takes five times as long.
        rows, columns = np.divmod(np.flatnonzero(np.hstack([quantity < 0, quantity > 0])), 2 * shape[1])
        columns %= shape[1]
        return {
            "account": [quick[rows]],
            "symbol": [columns],
            "quantity": [quantity[rows, columns]],
            "trigger": [trigger[rows, columns]],
            "held": [self.common.known[held[rows, columns]]],
        }

    def _findings(self, settled: Settled, quick: Places, those: Mask) -> Iterator[Columns]:
        """Of each check what did not pass, and the nearest to its limit where everything did."""
        for place, name in enumerate(settled.files):
            own = {scope: kept for (check, scope), kept in settled.kept.items() if check == place}
            if not own:
                continue
            value, status = (
                np.hstack([getattr(one, of) for one in own.values()]) for of in ("value", "status")
            )
            limit = np.concatenate([np.full(one.value.shape[1], one.limit) for one in own.values()])
            scope = np.concatenate([self.common.scopes_of(one) for one in own])
            rows, columns = _kept(value, np.where(those[quick][:, None], status, ABSENT))
            yield {
                "account": [quick[rows]],
                "check": [np.full(len(rows), self.common.check[name])],
                "scope": [scope[columns]],
                "value": [value[rows, columns]],
                "limit": [limit[columns]],
                "status": [status[rows, columns]],
            }

    def _findings_alone(self, row: int, decision: Decision) -> Columns:
        found = decision.findings
        value = np.array([[one.value for one in found]])
        kept = np.zeros(len(found), bool)
        status = np.array([STATUSES.index(one.status) for one in found])
        for name in {one.check for one in found}:
            same = np.array([one.check == name for one in found])
            kept[np.flatnonzero(same)[_kept(value[:, same], status[None, same])[1]]] = True
        rows = [one for one, is_kept in zip(found, kept, strict=True) if is_kept]
        return {
            "account": [np.full(len(rows), row)],
            "check": [np.array([self.common.check[one.check] for one in rows], np.int64)],
            "scope": [np.array([self.common.scope(one.scope) for one in rows], np.int64)],
            "value": [np.array([one.value for one in rows], float)],
            "limit": [np.array([np.nan if one.limit is None else one.limit for one in rows], float)],
            "status": [status[kept]],
        }

    def _trades_alone(self, row: int, decision: Decision) -> Columns:
        rows = decision.trades
        held = [self._holder(decision, one.trade.symbol) if one.held_because else -1 for one in rows]
        place = [self.common.book.places[one.trade.symbol] for one in rows]
        return {
            "account": [np.full(len(rows), row)],
            "symbol": [np.array(place, np.int64)],
            "quantity": [np.array([one.trade.signed for one in rows], float)],
            "trigger": [np.array([self.common.triggers.index(one.trade.trigger) for one in rows], np.int64)],
            "held": [np.array(held, np.int64)],
        }

    def _holder(self, decision: Decision, symbol: str) -> int:
        """The check that holds a trade: one about the symbol itself before any other."""
        blocks = [one for one in decision.findings if symbol in one.holds]
        return int(self.common.check[min(blocks, key=lambda one: one.scope != symbol).check])

    def _sorted(self, parts: list[Columns]) -> Columns:
        """The columns of all parts by account, each account's rows in the order in which they come."""
        columns = _joined(parts)
        order = np.argsort(columns["account"], kind="stable") if len(parts) > 1 else slice(None)
        columns["account"] = columns["account"] + self.rows.start
        return {name: [values[order]] for name, values in columns.items()}


def _kept(value: Floats, status: Codes) -> tuple[Places, Places]:
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


def _joined(parts: list[Columns] | tuple[Columns, ...]) -> dict[str, Any]:
    return {name: np.concatenate([piece for part in parts for piece in part[name]]) for name in parts[0]}
