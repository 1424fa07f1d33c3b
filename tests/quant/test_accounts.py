"""Many accounts at once are what each of them is alone."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.accounts import Accounts, Decisions
from quant.accounts.alone import decide_alone, needed_for
from quant.accounts.decision import decide
from quant.book.book import Band, Book, Level
from quant.book.drift import measure
from quant.checks import STATUSES, Finding
from quant.decision_inputs import DecisionInputs, Evidence
from quant.policy.definitions import NEWEST, Definitions
from quant.policy.policy import Limits, Policy, Scenario
from quant.rebalance.controls import NONE, Controls, Override, Repeated
from quant.triggers import Past
from tests.quant.books import DRIFTED, books, frozen, policies

SETTINGS: dict[str, tuple[object, ...]] = {
    "max_weight": (0.2, 0.6), "max_class_weight": (0.3, 0.7), "max_herfindahl": (0.3,),
    "max_leverage": (0.5, 1.0), "min_cash": (0.05,), "max_order_value": (5_000.0, 50_000.0),
    "max_order_quantity": (100.0,), "max_notional": (20_000.0,), "max_adv": (0.001,),
    "max_turnover": (0.02, 0.3), "price_collar": (0.004, 0.05), "var_95": (0.005, 0.02),
    "var_95_parametric": (0.005, 0.05), "cvar_95": (0.005, 0.05), "cvar_95_parametric": (0.01, 0.1),
    "var_backtest_p": (0.05, 0.9), "max_volatility": (0.05, 0.3), "max_tracking_error": (0.05, 0.3),
    "max_beta": (0.3, 1.5), "min_beta": (-0.1, 0.2), "max_drawdown": (0.05,),
    "reduce_only_drawdown": (0.05, 0.3), "max_stress_loss": (0.05, 0.3), "restricted": (("S0", "S3"),),
    "data_tolerance": (0.05,), "disable_after": (1,),
    "scenario": ((Scenario(name="mine", asset_class={"equity": -0.3, "none": -0.5}, max_loss=0.1),),),
    # Refused of a portfolio with accounts, but decided like any other.
    "max_notional_total": (20_000.0,), "max_repeats": (2,),
    # Of what is reported, and of no decision.
    "covariance": ("sample",),
}  # fmt: skip
"""Every limit, with what is drawn of it."""
LIMITS = st.fixed_dictionaries({}, optional={name: st.sampled_from(of) for name, of in SETTINGS.items()})


def test_every_limit_and_setting_is_drawn() -> None:
    assert {*Limits.model_fields} == {*SETTINGS}
    drawn = {*POLICIES, *DRAWN_WITH_BOOKS, "construction", "tracking_aversion"}  # test_account_trading
    assert {*Policy.model_fields} == drawn


@st.composite
def many(draw: st.DrawFn) -> Accounts:
    """Two to five accounts over the symbols of one drawn book; some hold nothing of a symbol."""
    whole = draw(books())
    count, symbols = draw(st.integers(2, 5)), len(whole.symbols)
    each = st.lists(st.sampled_from([0, 0, 1, 20, 333, 2000]), min_size=symbols, max_size=symbols)
    quantity = np.array([draw(each) for _ in range(count)], float)
    cash = np.array([draw(st.integers(1, 50_000)) for _ in range(count)], float)
    versions = draw(st.sampled_from([NEWEST, NEWEST, Definitions()]))
    held = frozen(list(quantity.sum(axis=0)))
    fx = frozen([draw(st.sampled_from([1.0, 1.0, 1.0837, 0.0127])) for _ in range(symbols)])
    bounds = st.sampled_from([None, 0.001, 0.02, 0.3])
    own: list[tuple[Level, str]] = [("instrument", "S0"), ("asset_class", whole.asset_classes[0])]
    bands = {key: Band(draw(bounds), draw(bounds)) for key in own if draw(st.booleans())}
    whole = replace(whole, quantity=held, cash=float(cash.sum()), definitions=versions, fx=fx, bands=bands)
    return Accounts(tuple(f"A{row}" for row in range(count)), whole, quantity, cash)


DRAWN_WITH_BOOKS = (
    "band_absolute", "band_relative", "destination", "min_trade", "lot_size", "cash_buffer", "limit_offset",
)  # fmt: skip
POLICIES: dict[str, tuple[object, ...]] = {
    "when": (
        "band or class_band or no_target or calendar",
        "class_band or total_drift",
        "(band and cash_flow) or no_target",
        "total_drift or cash_flow",
        "volatility_band or (band and calendar)",
    ),
    "calendar": ("monthly",), "total_drift": (0.1,), "cash_flow": (0.05,), "distance": (0.0175,),
    "cooldown": (0, 0, 3), "volatility_band": (1.5,), "cash_first": (False, False, True),
    "do_not_sell": ((), (), ("S1",)), "do_not_buy": ((), (), ("S0",)), "turnover_cap": (None, None, 0.05),
}  # fmt: skip
OVERRIDDEN = st.sampled_from(["max_order_value", "max_turnover", "max_weight", "cash", "var_95", "data"])
OVERRIDES = st.builds(
    Override,
    id=st.just("one"),
    check=OVERRIDDEN,
    symbol=st.sampled_from([None, "S0"]),
    by=st.just("a"),
    approved_by=st.just("b"),
    until=st.just(datetime(2026, 1, 1, tzinfo=UTC)),
    reason=st.just("agreed"),
)
CONTROLS = st.builds(
    Controls,
    overrides=st.lists(OVERRIDES, max_size=2).map(tuple),
    repeated=st.sampled_from([{}, {"S0": Repeated(side="BUY", times=2)}]),
    notional_elsewhere=st.sampled_from([0.0, 1500.0, None]),
)


@st.composite
def terms(draw: st.DrawFn, accounts: Accounts) -> DecisionInputs:
    """A policy, limits, halts, overrides and a market with doubtful symbols here and there."""
    book, seed = accounts.whole, draw(st.integers(0, 9))
    policy = draw(policies("target", "edge", "halfway", "distance"))
    extra = {name: draw(st.sampled_from(of)) for name, of in POLICIES.items()}
    limits = Limits.model_validate(draw(LIMITS))
    some = st.sampled_from([{}, {}, {"S1": "a sentence"}])
    random = np.random.default_rng(seed)
    return DecisionInputs(
        book,
        policy.model_copy(update=extra),
        limits,
        draw(st.booleans()),
        market_of(book, random, gaps=draw(st.booleans())),
        draw(st.sampled_from([None, None, None, "somebody said so"])),
        quarantined=draw(some),
        unreconciled=draw(some),
        disputed=draw(some),
        unrated=draw(st.sampled_from([{}, {}, {"S0": "no rate", "S1": "no rate"}])),
        past=Past(random.choice([0.05, 0.3, np.nan], len(book.symbols)), draw(st.sampled_from([None, 1, 9]))),
        controls=draw(st.sampled_from([NONE, NONE]) | CONTROLS),
    )


def market_of(book: Book, random: np.random.Generator, *, gaps: bool) -> Evidence:
    count = len(book.symbols)
    returns = random.normal(0.0, 0.01, (500, count))
    if gaps:
        returns[:100, 0] = np.nan
    previous = book.close * random.choice([1.0, 1.02, np.nan], count)
    stale = random.choice([0.0, 0.0, 0.0, 2.0], count)
    return Evidence(
        returns, random.normal(0.0, 0.01, 500), previous, random.choice([0.0, 1e4, 1e7], count), stale
    )


def _same(decisions: Decisions, accounts: Accounts, settled: DecisionInputs) -> None:
    for row in range(len(accounts.names)):
        alone = decide_alone(accounts, settled, row)
        _same_drift(decisions, accounts, settled.policy, row)
        trades = decisions.trades
        mine = np.flatnonzero(trades.account == row)
        found = [
            (
                accounts.whole.symbols[trades.symbol[i]],
                decisions.triggers[trades.trigger[i]],
                _held(decisions, int(trades.held[i])),
            )
            for i in mine
        ]
        expected = [
            (
                one.trade.symbol,
                one.trade.trigger,
                _holder(alone.findings, one.trade.symbol) if one.held_because else None,
            )
            for one in alone.trades
        ]
        assert found == expected
        signed = [one.trade.signed for one in alone.trades]
        assert trades.quantity[mine] == pytest.approx(signed, rel=1e-9, abs=1e-9)
        prices = [one.trade.limit_price for one in alone.trades]
        limit = np.where(trades.quantity < 0, decisions.sell[trades.symbol], decisions.buy[trades.symbol])
        assert limit[mine].tolist() == prices
        _same_findings(decisions, row, alone.findings)


def _held(decisions: Decisions, code: int) -> str | None:
    return None if code < 0 else decisions.checks[code]


def _holder(findings: tuple[Finding, ...], symbol: str) -> str:
    blocks = [one for one in findings if symbol in one.holds]
    return min(blocks, key=lambda one: one.scope != symbol).check


def _same_drift(decisions: Decisions, accounts: Accounts, policy: Policy, row: int) -> None:
    keys = [*accounts.whole.symbols, *dict.fromkeys(accounts.whole.asset_classes)]
    for drift in measure(accounts.alone(row), policy):
        # A class may be called as a symbol is: the symbols come first.
        start = 0 if drift.level == "instrument" else len(accounts.whole.symbols)
        key = keys.index(drift.key, start)
        assert decisions.actual[row, key] == pytest.approx(drift.actual, rel=1e-9, abs=1e-12, nan_ok=True)
        assert decisions.breached[row, key] == drift.breached


def _same_findings(decisions: Decisions, row: int, expected: tuple[Finding, ...]) -> None:
    found, mine = decisions.findings, decisions.findings.account == row
    told = {
        (decisions.checks[check], decisions.scopes[scope]): (STATUSES[status], value, limit)
        for check, scope, status, value, limit in zip(
            found.check[mine], found.scope[mine], found.status[mine], found.value[mine], found.limit[mine],
            strict=True,
        )
    }  # fmt: skip
    every = {(one.check, one.scope): one for one in expected}
    for key, (status, value, limit) in told.items():
        assert (key, status) == (key, every[key].status)
        assert value == pytest.approx(every[key].value, rel=1e-9, abs=1e-9, nan_ok=True), key
        assert limit == every[key].limit
    for key, one in every.items():  # all that did not pass, and of each check something
        assert key in told or one.status == "pass"
        assert key[0] in {check for check, _ in told}


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_each_account_is_decided_as_it_is_alone(data: st.DataObject) -> None:
    accounts = data.draw(many())
    settled = data.draw(terms(accounts))
    _same(decide(accounts, settled), accounts, settled)


@pytest.mark.parametrize(
    ("definitions", "policy", "limits", "named"),
    [
        (NEWEST, Policy(cash_first=True, turnover_cap=0.1), Limits(max_beta=1.0), []),
        (NEWEST, Policy(construction="optimised"), Limits(), ["construction"]),
        (Definitions(), Policy(), Limits(max_weight=0.5), []),
        (Definitions(), Policy(cash_first=True), Limits(max_beta=1.0), ["cash_first", "max_beta"]),
        (Definitions(), Policy(when="volatility_band", volatility_band=2.0), Limits(), ["volatility_band"]),
    ],
)
def test_what_is_decided_account_by_account(
    definitions: Definitions, policy: Policy, limits: Limits, named: list[str]
) -> None:
    book = replace(DRIFTED, definitions=definitions)
    market = market_of(book, np.random.default_rng(1), gaps=False)
    assert needed_for(DecisionInputs(book, policy, limits, True, market)) == named
