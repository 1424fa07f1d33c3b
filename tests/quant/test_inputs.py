"""Every entry point leaves what it is given as it was, and says the same of it twice, to the last bit."""

import io
import pickle
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from quant import allocation, tilts
from quant.accounts import Accounts
from quant.accounts.decision import decide as decide_many
from quant.allocate import allocate
from quant.decide import decide
from quant.decision_inputs import DecisionInputs
from quant.plugins import discover
from quant.policy.policy import AllocationPolicy, Costs, Limits, Policy, Target, Tax
from quant.rebalance.construction import construct
from quant.rebalance.harvest import harvests
from quant.rebalance.rebalance import propose
from quant.risk import stress
from quant.risk.contributions import contributions
from quant.trading.costs import estimate
from quant.trading.lots import Lot
from quant.trading.sales import sell
from quant.trading.trading_terms import TradingTerms
from quant.triggers import Past
from tests.quant import test_harvest as pair
from tests.quant.books import DRIFTED
from tests.quant.test_accounts import market_of
from tests.quant.test_construction import returns

DAY = date(2024, 7, 1)
BOOK = replace(DRIFTED, **{n: np.array(getattr(DRIFTED, n)) for n in ("quantity", "close", "target", "fx")})
"""A book whose arrays could be written to."""
COUNT = len(BOOK.symbols)
NOTHING: frozenset[str] = frozenset()
POLICY = Policy(volatility_band=1.0, when="band or class_band or volatility_band", turnover_cap=0.4)
PAST = Past(np.full(COUNT, 0.2))
TAX = Tax(method="hifo", short_rate=0.4, long_rate=0.2)
LOTS = [Lot("SPY", date(2024, 1, day), 100.0 + day, 90.0 + day) for day in (9, 3, 5)]
TERMS = TradingTerms(
    Costs(impact=0.5, half_spread=2.0), np.full(COUNT, 2.0), np.full(COUNT, 0.01), np.full(COUNT, 1e6),
    returns(COUNT), tuple(LOTS), TAX, DAY, 0.7,
)  # fmt: skip
LIMITS = Limits(max_weight=0.5, max_order_value=5000.0, var_95=0.001, max_stress_loss=0.1, max_volatility=0.1)
MARKET = market_of(BOOK, np.random.default_rng(1), gaps=True)
OPTIMISED = Policy(construction="optimised", tracking_aversion=10.0)
TARGETS = [
    Target(symbol=name, asset_class="any", weight=weight)
    for name, weight in zip("ABCD", (0.4, 0.3, 0.2, 0.1), strict=True)
]
WORTH = np.cumprod(1 + returns(4, 600), axis=0)
DAYS = np.busday_offset(np.datetime64("2022-01-03"), np.arange(600))
ACCOUNTS = Accounts(
    ("A", "B"), BOOK, np.array([BOOK.quantity * 0.3, BOOK.quantity * 0.7]), np.array([5.0, 0.0])
)
MANY = DecisionInputs(BOOK, Policy(), LIMITS, False, MARKET, past=PAST)
WEIGHTS = np.array([0.5, 0.3, 0.1, 0.1])
SHOCK = stress.moves(replace(BOOK, asset_classes=("equity", "bonds", "gold", "cash")), stress.known()["2008"])
TRADE = propose(BOOK, Policy(), calendar_due=False)[0]


def proposed(**keys: object) -> tuple[Any, ...]:
    return propose, BOOK, POLICY.model_copy(update=keys), True, NOTHING, PAST


def decided(policy: Policy) -> tuple[Any, ...]:
    reasons = {"GLD": "a sentence"}
    return decide, DecisionInputs(
        BOOK, policy, LIMITS, True, MARKET, quarantined=reasons, unreconciled=reasons, past=PAST, terms=TERMS
    )


def allocated(model: str) -> tuple[Any, ...]:
    keys = {"model": model, "tilt": 0.05}
    target = {"volatility_target": 0.1} if model == "volatility_target" else {}
    return allocate, AllocationPolicy.model_validate(keys | target), TARGETS, WORTH, DAYS


def settled(wanted: Any, strategic: Any, tilt: Any) -> Any:
    return tilts.settled(wanted, strategic, tilt, invested=True)


ENTRIES: dict[str, tuple[Any, ...]] = {
    "propose": proposed(),
    "propose, to the edge": proposed(destination="edge"),
    "propose, cash first": proposed(cash_first=True),
    "construct": (construct, BOOK, POLICY, True, NOTHING, PAST, TERMS),
    "construct, optimised": (construct, BOOK, OPTIMISED, True, NOTHING, PAST, TERMS),
    "decide": decided(POLICY),
    "decide, optimised": decided(OPTIMISED),
    "decide, many accounts": (decide_many, ACCOUNTS, MANY),
    **{f"allocate, {model}": allocated(model) for model in discover(allocation)},
    "settled": (settled, np.array([0.7, 0.3]), np.array([0.5, 0.5]), np.array([0.1, 0.1])),
    "stress": (stress.loss, WEIGHTS, SHOCK),
    "harvests": (harvests, pair.book(), pair.POLICY, pair.NOTHING, pair.terms(pair.book())),
    "decide, with a harvest": (pair.decided, pair.book()),
    "sell": (sell, LOTS, 150.0, 95.0, DAY, TAX),
    "contributions": (contributions, WEIGHTS, returns(COUNT)),
    "estimate": (estimate, TRADE, Costs(impact=0.5), 2.0, 0.01, 1e6),
}


class Fields(pickle.Pickler):
    """Dataclasses by their fields, without the properties that they compute once and keep."""

    def reducer_override(self, value: Any) -> Any:
        if is_dataclass(value) and not isinstance(value, type):
            return tuple, (tuple(getattr(value, field.name) for field in fields(value)),)
        return NotImplemented


def dumped(value: object) -> bytes:
    """Every bit of a value that was given."""
    written = io.BytesIO()
    Fields(written).dump(value)
    return written.getvalue()


@pytest.mark.parametrize("entry", ENTRIES)
def test_what_is_given_stays_and_is_answered_alike(entry: str) -> None:
    call: Callable[..., object]
    call, *given = ENTRIES[entry]
    before = dumped(given)
    first = pickle.dumps(call(*given))
    assert dumped(given) == before
    assert pickle.dumps(call(*given)) == first
