"""What is decided account by account, by the functions of a single portfolio; which settings need that."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace

from pydantic import BaseModel

from quant.accounts import Accounts
from quant.book.book import Book
from quant.decide import Decision, decide
from quant.decision_inputs import DecisionInputs
from quant.market.panel import Floats
from quant.policy.when import parse
from quant.trading.trading_terms import TradingTerms

ALONE = frozenset({"construction", "tracking_aversion"})
"""The settings of a policy for which each account is decided by itself: the optimum is one problem each."""
POLICY = frozenset(
    {
        "when", "calendar", "band_absolute", "band_relative", "total_drift", "cash_flow", "cooldown",
        "destination", "distance", "min_trade", "lot_size", "cash_buffer", "limit_offset",
    }
)  # fmt: skip
"""The settings of a policy that a run of before knew in one pass."""
LIMITS = frozenset(
    {
        "max_adv", "max_class_weight", "max_drawdown", "max_herfindahl", "max_leverage", "max_notional",
        "max_order_quantity", "max_order_value", "max_turnover", "max_weight", "min_cash", "price_collar",
        "restricted", "var_95", "data_tolerance", "disable_after",
    }
)  # fmt: skip
"""The limits that a run of before knew in one pass: it decided the accounts of others one by one."""
BACKCASTS = ("var_95", "var_95_after_trades", "max_drawdown", "max_drawdown_after_trades")
"""The checks whose breach made a run of before decide an account by itself."""
TRIGGERS = frozenset({"band", "no_target", "class_band", "calendar", "total_drift", "cash_flow"})
"""The triggers that a run of before knew in one pass."""


def before(book: Book) -> bool:
    """Whether a run of before is decided again, as it was.

    Then accounts are decided alone for more reasons, and their sums are taken in another order.
    """
    return book.definitions.of("accounts") < 2


def needed_for(inputs: DecisionInputs) -> list[str]:
    """The settings, by name, for which each account must be decided alone; none: one pass does it."""
    changed = {*_changed(inputs.policy), *_changed(inputs.limits)}
    if not before(inputs.book):
        return sorted(changed & ALONE)
    found = {*(changed - POLICY - LIMITS), *(parse(inputs.policy.when).names - TRIGGERS)}
    return sorted(found | {*(["overrides"] if inputs.controls.overrides else [])})


def _changed(settings: BaseModel) -> list[str]:
    """The settings that do not have their default."""
    return [
        name
        for name, field in type(settings).model_fields.items()
        if getattr(settings, name) != field.get_default(call_default_factory=True)
    ]


def decide_alone(accounts: Accounts, inputs: DecisionInputs, row: int) -> Decision:
    """What `quant.decide.decide` decides for one account with its own book."""
    book = accounts.alone(row)
    place = {symbol: i for i, symbol in enumerate(accounts.whole.symbols)}
    own = [place[symbol] for symbol in book.symbols]
    held = {symbol for symbol, quantity in zip(book.symbols, book.quantity, strict=True) if quantity}
    market = inputs.evidence
    arrays: dict[str, Floats] = {
        "returns": market.returns[:, own],
        "previous_adjusted": market.previous_adjusted[own],
        "average_volume": market.average_volume[own],
        "stale": market.stale[own],
    }
    volatility = inputs.past.volatility
    past = replace(inputs.past, volatility=None if volatility is None else volatility[own])
    narrowed = replace(
        inputs,
        book=book,
        evidence=replace(market, **arrays),
        quarantined=_of(inputs.quarantined, book.symbols),
        unreconciled=_of(inputs.unreconciled, held),
        disputed=_of(inputs.disputed, book.symbols),
        unrated=_of(inputs.unrated, book.symbols),
        past=past,
        terms=_trading(accounts, inputs, row, own),
    )
    return decide(narrowed)


def _trading(accounts: Accounts, inputs: DecisionInputs, row: int, own: Sequence[int]) -> TradingTerms | None:
    """What trades cost the account, with its own lots."""
    common = inputs.terms
    if common is None:
        return None
    lots = () if accounts.lots is None else accounts.lots.of(row)
    columns = {name: getattr(common, name)[own] for name in ("half_spread", "volatility", "volume")}
    return replace(common, **columns, returns=common.returns[:, own], lots=lots)


def _of(sentences: Mapping[str, str], symbols: Container[str]) -> dict[str, str]:
    return {symbol: text for symbol, text in sentences.items() if symbol in symbols}
