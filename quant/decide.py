"""Between a proposal and the portfolio manager: every check, and the rebuild around what they hold."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from quant import checks
from quant.book.book import Book, Trade
from quant.checks import CheckContext, Finding
from quant.decision_inputs import DecisionInputs
from quant.plugins import named
from quant.policy.policy import Limits
from quant.rebalance.construction import Construction, construct
from quant.rebalance.controls import HOLDS_REGARDLESS, Override
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


def decide(inputs: DecisionInputs) -> Decision:
    """Propose, check, and rebuild with what is held fixed at zero, until no further trade is held.

    A held trade keeps the quantity that it had when it was held. Per check and scope the worst finding that
    blocked stays; where none did, the last evaluation does. What is overridden holds nothing.
    """
    context = _context(inputs)

    def settled(harvested: Sequence[Harvest]) -> Decision:
        return _settled(context, inputs.limits, partial(proposed, inputs, harvests=harvested))

    return _harvested(settled, _possible(inputs))


def proposed(
    inputs: DecisionInputs, held: frozenset[str] = frozenset(), harvests: Sequence[Harvest] = ()
) -> Construction:
    """The trades that the policy asks for before any check, none of `held` symbols; `harvests` join them."""
    return construct(
        inputs.book, inputs.policy, inputs.calendar_due, held, inputs.past, inputs.terms, harvests
    )


def _possible(inputs: DecisionInputs) -> Sequence[Harvest]:
    return harvests(inputs.book, inputs.policy, inputs.past, inputs.terms) if inputs.terms else ()


def _context(inputs: DecisionInputs) -> CheckContext:
    """What the checks may look at, before there are trades."""
    market = inputs.evidence
    return CheckContext(
        book=inputs.book,
        trades=(),
        returns=market.returns,
        benchmark=market.benchmark,
        previous_adjusted=market.previous_adjusted,
        average_volume=market.average_volume,
        stale=market.stale,
        quarantined=inputs.quarantined,
        kill_switch=inputs.kill_switch,
        cash_buffer=inputs.policy.cash_buffer,
        min_trade=inputs.policy.min_trade,
        unreconciled=inputs.unreconciled,
        disputed=inputs.disputed,
        unrated=inputs.unrated,
        controls=inputs.controls,
    )


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


def _settled(
    context: CheckContext, limits: Limits, build: Callable[[frozenset[str]], Construction]
) -> Decision:
    """The rounds of `decide`; the context is without trades, `build` makes them but for held symbols."""
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
        findings = _evaluate(replace(context, trades=trades), limits)
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
    if built.conflict and failed and not before(context.book):
        built = replace(built, status=failed.status, conflict=failed.conflict)
    return Decision(_in_order(context.book, decided), untraded, tuple(found.values()), built)


def _evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """The findings of every check file that the book's definitions know, in the order of their names."""
    return [
        overridden(replace(finding, reference=check.REFERENCE), context.controls.overrides)
        for check in named(checks, context.book.definitions.named("checks")).values()
        for finding in check.evaluate(context, limits)
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
