"""Between a proposal and the portfolio manager: every check, and the rebuild around what they hold."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import numpy as np

from quant import checks
from quant.book.book import Book, Trade
from quant.checks import Finding, Gate
from quant.market.panel import Floats, Panel
from quant.market.returns import last_known, previous
from quant.plugins import named
from quant.policy.policy import Limits, Policy
from quant.rebalance.construction import Construction, construct
from quant.rebalance.controls import HOLDS_REGARDLESS, NONE, Controls, Override
from quant.rebalance.harvest import Harvest, harvests
from quant.rebalance.rebalance import NOTHING_BEFORE
from quant.risk.measures import reach
from quant.trading.sizing import before
from quant.trading.trading_terms import Terms
from quant.triggers import Past

RETURNS = 500  # of the longest backcast
VOLUMES = 20  # sessions of the average daily volume


@dataclass(frozen=True)
class Evidence:
    """What the checks read of the market; aligned with a book's symbols, meanings as in `Gate`."""

    returns: Floats
    benchmark: Floats
    previous_adjusted: Floats
    average_volume: Floats
    stale: Floats


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


def decide(
    book: Book,
    policy: Policy,
    limits: Limits,
    calendar_due: bool,
    evidence: Evidence,
    *,
    kill_switch: str | None,
    quarantined: Mapping[str, str],
    unreconciled: Mapping[str, str],
    unrated: Mapping[str, str] = MappingProxyType({}),
    disputed: Mapping[str, str] = MappingProxyType({}),
    past: Past = NOTHING_BEFORE,
    terms: Terms | None = None,
    controls: Controls = NONE,
) -> Decision:
    """Propose, check, and rebuild with what is held fixed at zero, until no further trade is held.

    A held trade keeps the quantity that it had when it was held. Per check and scope the worst finding that
    blocked stays; where none did, the last evaluation does. What is overridden holds nothing.
    """
    gate = Gate(
        book=book,
        trades=(),
        returns=evidence.returns,
        benchmark=evidence.benchmark,
        previous_adjusted=evidence.previous_adjusted,
        average_volume=evidence.average_volume,
        stale=evidence.stale,
        quarantined=quarantined,
        kill_switch=kill_switch,
        cash_buffer=policy.cash_buffer,
        min_trade=policy.min_trade,
        unreconciled=unreconciled,
        disputed=disputed,
        unrated=unrated,
        controls=controls,
    )

    def settled(harvested: Sequence[Harvest]) -> Decision:
        build = partial(construct, book, policy, calendar_due, past=past, terms=terms, harvests=harvested)
        return _settled(gate, limits, build)

    return _harvested(settled, harvests(book, policy, past, terms) if terms else ())


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


def _settled(gate: Gate, limits: Limits, build: Callable[[frozenset[str]], Construction]) -> Decision:
    """The rounds of `decide`; the gate is without trades, `build` makes them but for held symbols."""
    held: list[Decided] = []
    fixed: frozenset[str] = frozenset()
    found: dict[tuple[str, str], Finding] = {}
    reasons: dict[str, str] = {}
    failed: Construction | None = None
    while True:
        built = build(fixed)
        failed = failed or (built if built.conflict else None)
        trades = built.trades
        reasons |= {symbol: why for symbol, why in built.untraded.items() if symbol not in fixed}
        findings = _evaluate(replace(gate, trades=trades), limits)
        for finding in findings:
            key = finding.check, finding.scope
            found[key] = _kept(found.get(key), finding)
        stopped = _stopped(trades, findings)
        if not stopped:
            break
        held += stopped
        fixed = fixed.union(*{finding.holds for finding in findings})
    decided = held + [Decided(trade, None) for trade in trades]
    traded = {one.trade.symbol for one in decided}
    untraded = {symbol: why for symbol, why in reasons.items() if symbol not in traded}
    if built.conflict and failed and not before(gate.book):
        built = replace(built, status=failed.status, conflict=failed.conflict)
    return Decision(_in_order(gate.book, decided), untraded, tuple(found.values()), built)


def _evaluate(gate: Gate, limits: Limits) -> list[Finding]:
    """The findings of every check file that the book's definitions know, in the order of their names."""
    return [
        overridden(replace(finding, reference=check.REFERENCE), gate.controls.overrides)
        for check in named(checks, gate.book.definitions.named("checks")).values()
        for finding in check.evaluate(gate, limits)
    ]


def overridden(finding: Finding, overrides: Iterable[Override]) -> Finding:
    """The finding with what is overridden no longer held, and why; "warn" when nothing is left to hold.

    An override of one symbol frees that symbol alone.
    """
    for one in overrides:
        if finding.check != one.check or finding.check in HOLDS_REGARDLESS:
            continue
        left = finding.holds - {one.symbol} if one.symbol else frozenset[str]()
        if left != finding.holds:
            finding = replace(finding, holds=left, rule=f"{finding.rule}; {one}")
    if finding.status == "block" and not finding.holds:
        return replace(finding, status="warn", because="")
    return finding


def _kept(before: Finding | None, now: Finding) -> Finding:
    """What is reported of one check and scope after a further round: a block stays, the worse of two wins."""
    if before is None or before.status != "block":
        return now
    if now.status != "block":
        return before
    worse = now if _excess(now) > _excess(before) else before
    return replace(worse, holds=before.holds | now.holds)


def _excess(finding: Finding) -> float:
    return abs(finding.value - (finding.limit or 0.0))


def _stopped(trades: Sequence[Trade], findings: Sequence[Finding]) -> list[Decided]:
    """The trades that a finding holds, each with its reason: one about the symbol itself comes first."""
    own: dict[str, Finding] = {}
    alike: defaultdict[frozenset[str], list[int]] = defaultdict(list)
    for place, finding in enumerate(findings):
        alike[finding.holds].append(place)
        if finding.scope in finding.holds:
            own.setdefault(finding.scope, finding)
    by_symbol: defaultdict[str, list[list[int]]] = defaultdict(list)
    for holds, places in alike.items():  # of thousands of symbols without data each holds all of them
        for symbol in holds:
            by_symbol[symbol].append(places)
    stopped = []
    for trade in trades:
        blocks = by_symbol[trade.symbol]
        if blocks:
            first = own.get(trade.symbol) or findings[min(places[0] for places in blocks)]
            more = sum(map(len, blocks)) - 1
            stopped.append(Decided(trade, first.because + (f" (and {more} more)" if more else "")))
    return stopped


def _in_order(book: Book, trades: Sequence[Decided]) -> tuple[Decided, ...]:
    def place(decided: Decided) -> tuple[bool, int]:
        return decided.trade.side == "BUY", book.places[decided.trade.symbol]

    return tuple(sorted(trades, key=place))
