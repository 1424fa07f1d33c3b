"""Propose, check, hold, rebuild."""

from dataclasses import replace
from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.book.book import Book
from quant.checks import Finding
from quant.decide import Decision, decide
from quant.decision_inputs import DecisionInputs, Evidence, evidence
from quant.market.panel import Panel
from quant.market.returns import converted_returns
from quant.policy.definitions import NEWEST, Definitions
from quant.policy.policy import Limits, Policy
from quant.rebalance.rebalance import propose
from tests.quant.books import DRIFTED, books, frozen, make, policies
from tests.quant.test_construction import terms


def calm(book: Book) -> Evidence:
    """A market in which nothing happens: flat returns, deep volumes, fresh bars."""
    count = len(book.symbols)
    return Evidence(np.zeros((500, count)), np.zeros(500), book.close, np.full(count, 1e9), np.zeros(count))


def decided(
    limits: Limits,
    market: Evidence | None = None,
    kill_switch: str | None = None,
    quarantined: dict[str, str] | None = None,
    unreconciled: dict[str, str] | None = None,
    book: Book = DRIFTED,
    cash_buffer: float = 0.01,
) -> Decision:
    return decide(
        DecisionInputs(
            book,
            Policy(cash_buffer=cash_buffer),
            limits,
            False,
            market or calm(book),
            kill_switch=kill_switch,
            quarantined=quarantined or {},
            unreconciled=unreconciled or {},
        )
    )


def outcome(decision: Decision) -> dict[str, tuple[float, str | None]]:
    return {row.trade.symbol: (row.trade.signed, row.held_because) for row in decision.trades}


def found(decision: Decision, check: str, scope: str = "portfolio") -> Finding:
    (finding,) = [row for row in decision.findings if (row.check, row.scope) == (check, scope)]
    return finding


def test_without_limits_the_proposal_passes() -> None:
    decision = decided(Limits())
    assert tuple(row.trade for row in decision.trades) == propose(DRIFTED, Policy(), calendar_due=False)
    assert {row.held_because for row in decision.trades} == {None}
    assert {finding.check for finding in decision.findings} == {"cash", "data", "kill_switch"}
    assert {finding.status for finding in decision.findings} == {"pass"}


def test_a_held_sell_brings_no_cash_for_the_buys() -> None:
    decision = decided(Limits(restricted=("XYZ",)))
    # 68 * 99.5 - 1000 = 5766 of 9648 needed: 10.16 and 47.21 shares.
    assert outcome(decision) == {
        "SPY": (-68, None),
        "XYZ": (-38, "restricted: XYZ is on the restricted list"),
        "AGG": (10, None),
        "GLD": (47, None),
    }
    assert found(decision, "restricted", "XYZ").status == "block"


def test_a_held_trade_keeps_the_quantity_it_had() -> None:
    decision = decided(Limits(max_order_value=7000.0))
    # GLD's 78 shares are held in the first round; in the second AGG gets all of its 17.
    assert outcome(decision) == {
        "SPY": (-68, None),
        "XYZ": (-38, None),
        "AGG": (17, None),
        "GLD": (78, "max_order_value: value of the GLD order is 7,800.00, above the limit of 7,000.00"),
    }
    assert [row.trade.symbol for row in decision.trades] == ["SPY", "XYZ", "AGG", "GLD"]
    assert found(decision, "max_order_value", "GLD").value == 7800.0


def test_a_hold_can_bring_about_the_next() -> None:
    """Without GLD's buy, AGG's grows from 16 to 17 shares, and only that breaks its limit."""
    market = replace(calm(DRIFTED), average_volume=frozen([1e9, 165, 500, 1e9]))
    decision = decided(Limits(max_adv=0.1), market)
    sentence = "max_adv: the {} order's share of its average daily volume is {}, above the limit of 10.00%"
    assert outcome(decision) == {
        "SPY": (-68, None),
        "XYZ": (-38, None),
        "AGG": (17, sentence.format("AGG", "10.30%")),
        "GLD": (78, sentence.format("GLD", "15.60%")),
    }
    assert found(decision, "max_adv", "AGG").value == pytest.approx(17 / 165)


def test_the_whole_rebalance_turns_over_too_much() -> None:
    decision = decided(Limits(max_turnover=0.05))
    reasons = {reason for _, reason in outcome(decision).values()}
    # (6800 + 3800 + 1600 + 7800) / 200,000
    assert reasons == {"max_turnover: turnover of all trades is 10.00%, above the limit of 5.00%"}
    assert found(decision, "max_turnover").status == "block"
    assert found(decision, "max_turnover").value == pytest.approx(0.1)


def test_the_kill_switch_holds_everything() -> None:
    decision = decided(Limits(), kill_switch="auditors in the house")
    assert {symbol: shares for symbol, (shares, _) in outcome(decision).items()} == {
        "SPY": -68,
        "XYZ": -38,
        "AGG": 16,
        "GLD": 78,
    }
    assert {reason for _, reason in outcome(decision).values()} == {
        "the kill switch is on: auditors in the house"
    }


def test_stale_data_holds_everything_and_quarantine_names_its_rule() -> None:
    market = replace(calm(DRIFTED), stale=frozen([2, 0, 1, 0]))
    decision = decided(Limits(), market, quarantined={"GLD": "move_bound"})
    spy = "SPY has no accepted bar on the session: stale for 2 sessions"
    gld = "GLD was quarantined: move_bound"
    assert {symbol: reason for symbol, (_, reason) in outcome(decision).items()} == {
        "SPY": f"{spy} (and 1 more)",
        "XYZ": f"{spy} (and 1 more)",
        "AGG": f"{spy} (and 1 more)",
        "GLD": f"{gld} (and 1 more)",
    }


def test_stale_data_of_a_small_position_holds_its_own_trade() -> None:
    market = replace(calm(DRIFTED), stale=frozen([0, 0, 0, 1]))
    decision = decided(Limits(data_tolerance=0.05), market)
    assert outcome(decision)["XYZ"] == (
        -38,
        "XYZ has no accepted bar on the session: stale for 1 session",
    )
    assert outcome(decision)["GLD"] == (47, None)


def test_stale_data_of_a_small_position_that_does_not_trade_is_a_warning() -> None:
    book = make({"SPY": ("equity", 0.98, 980, 100.0), "TINY": ("none", 0.02, 20, 100.0)}, 0.0)
    market = replace(calm(book), stale=frozen([0, 3]))
    decision = decided(Limits(data_tolerance=0.05), market, book=book)
    assert decision.trades == ()
    warning = found(decision, "data", "TINY")
    assert (warning.status, warning.value, warning.holds, warning.because) == ("warn", 3.0, frozenset(), "")
    assert warning.rule.endswith("TINY has no accepted bar on the session: stale for 3 sessions")


def test_a_small_position_that_begins_to_trade_in_a_later_round_is_held_then() -> None:
    """Its one share is scaled to 0.99 beside GLD's 99 and dropped; with GLD held it is whole."""
    book = make(
        {
            "SPY": ("equity", 0.5, 600, 100.0),
            "GLD": ("gold", 0.48, 381, 100.0),
            "TINY": ("x", 0.02, 19, 100.0),
        },
        0.0,
    )
    market = replace(calm(book), stale=frozen([0, 0, 1]), average_volume=frozen([1e9, 500, 1e9]))
    assert "TINY" not in {trade.symbol for trade in propose(book, Policy(cash_buffer=0.0), False)}
    decision = decided(Limits(data_tolerance=0.05, max_adv=0.1), market, book=book, cash_buffer=0.0)
    assert outcome(decision) == {
        "SPY": (-100, None),
        "GLD": (
            98,
            "max_adv: the GLD order's share of its average daily volume is 19.60%, above the limit of 10.00%",
        ),
        "TINY": (1, "TINY has no accepted bar on the session: stale for 1 session"),
    }
    assert found(decision, "data", "TINY").status == "block"


def test_a_split_that_is_not_counted_holds_everything_however_small_the_position_seems() -> None:
    decision = decided(Limits(data_tolerance=0.05), unreconciled={"XYZ": "split of 20:1 not counted"})
    reasons = {symbol: reason for symbol, (_, reason) in outcome(decision).items()}
    assert reasons == dict.fromkeys(("SPY", "XYZ", "AGG", "GLD"), "XYZ: split of 20:1 not counted")


def test_unknown_holds_nothing() -> None:
    market = replace(calm(DRIFTED), returns=np.full((500, 4), nan), average_volume=np.full(4, nan))
    decision = decided(Limits(var_95=0.01, max_drawdown=0.1, max_adv=0.1), market)
    assert {row.held_because for row in decision.trades} == {None}
    for check in ("var_95", "var_95_after_trades", "max_drawdown", "max_drawdown_after_trades"):
        assert found(decision, check).status == "unknown"
        assert isnan(found(decision, check).value)


@pytest.mark.parametrize(
    ("definitions", "words"),
    [
        (NEWEST, "max_weight = 0.6 and turnover_cap = 0.01 cannot hold together"),
        (Definitions(), "max_weight = 0.6 and what is held (SPY"),  # what the last round found
    ],
)
def test_a_conflict_is_that_of_the_first_round_that_failed(definitions: Definitions, words: str) -> None:
    """What is held by then follows from it, and is not what contradicts the file."""
    policy = Policy(construction="optimised", turnover_cap=0.01, min_trade=0.0)
    settled = terms(DRIFTED, max_weight=0.6)
    market = replace(calm(DRIFTED), returns=settled.returns)
    book, limits = replace(DRIFTED, definitions=definitions), Limits(max_weight=0.6, max_order_value=100.0)
    decision = decide(DecisionInputs(book, policy, limits, False, market, terms=settled))
    assert any(row.held_because for row in decision.trades)
    assert (decision.construction.status, decision.construction.fallback) == ("infeasible", "simple")
    assert decision.construction.conflict is not None
    assert decision.construction.conflict.startswith(words)


def test_a_target_above_its_limit_is_said_with_both_numbers() -> None:
    finding = found(decided(Limits(max_weight=0.55)), "max_weight", "SPY")
    assert finding.status == "warn"
    assert "at most 55.00%, and its target is 60.00%" in finding.rule


def test_a_book_without_a_value_has_no_trades_and_says_why() -> None:
    book = replace(DRIFTED, close=frozen([nan, 100, 100, 100]))
    market = replace(calm(book), stale=frozen([nan, 0, 0, 0]))
    limits = Limits(max_weight=0.65, max_turnover=0.2, var_95=0.03)
    decision = decide(DecisionInputs(book, Policy(), limits, True, market))
    assert decision.trades == ()
    assert found(decision, "data", "SPY").status == "block"
    assert found(decision, "max_weight", "SPY").status == "unknown"
    assert found(decision, "cash").status == "unknown"


@given(
    books(),
    policies(),
    st.booleans(),
    st.builds(
        Limits,
        max_order_value=st.sampled_from([None, 1000.0, 20_000.0]),
        max_weight=st.sampled_from([None, 0.1, 0.4]),
        max_turnover=st.sampled_from([None, 0.05, 0.5]),
    ),
)
def test_what_passes_is_a_rebuild_around_what_is_held(
    book: Book, policy: Policy, due: bool, limits: Limits
) -> None:
    decision = decide(DecisionInputs(book, policy, limits, due, calm(book)))
    held = {row.trade.symbol for row in decision.trades if row.held_because}
    passed = tuple(row.trade for row in decision.trades if not row.held_because)
    assert not held & {trade.symbol for trade in passed}
    assert len({row.trade.symbol for row in decision.trades}) == len(decision.trades)
    blocked = frozenset[str]().union(*(finding.holds for finding in decision.findings))
    assert held <= blocked
    assert passed == propose(book, policy, due, blocked)
    sides = [row.trade.side for row in decision.trades]
    assert sides == sorted(sides, reverse=True)  # SELL before BUY
    for trade in passed:
        assert limits.max_order_value is None or trade.notional <= limits.max_order_value + 1e-9
        if trade.side == "BUY" and limits.max_weight is not None:
            assert trade.weight_after <= limits.max_weight + 1e-9
    turned = sum(trade.notional for trade in passed) / (2 * book.value)
    assert limits.max_turnover is None or turned <= limits.max_turnover + 1e-9


def panel(total: list[list[float]], volume: list[list[float]]) -> Panel:
    prices = frozen(total)  # type: ignore[arg-type]
    days = np.arange(len(total)).astype("datetime64[D]")
    volumes = frozen(volume)  # type: ignore[arg-type]
    return Panel(days, ("A", "B", "C"), prices, prices, prices, prices, prices, volumes, prices)


def known(panel: Panel, symbols: tuple[str, ...]) -> Evidence:
    """The evidence of one market in the portfolio's own currency."""
    columns = {symbol: panel.total[:, column] for column, symbol in enumerate(panel.symbols)}
    totals = np.column_stack([columns.get(symbol, np.full(len(panel.total), nan)) for symbol in symbols])
    returns = converted_returns(totals, np.ones_like(totals))
    return evidence([panel], symbols, returns, np.arange(float(len(returns))))


def test_evidence_by_hand() -> None:
    closes = [[nan, 10.0, nan], [100.0, nan, nan], [110.0, 12.0, nan], [99.0, nan, nan]]
    market = known(panel(closes, [[1.0] * 3] * 4), ("B", "A", "C", "UNKNOWN"))
    # On a missing bar there is no return; nor before the first bar, and on it.
    np.testing.assert_allclose(
        market.returns, [[nan, nan, nan, nan], [0.2, 0.1, nan, nan], [nan, -0.1, nan, nan]], atol=1e-12
    )
    np.testing.assert_array_equal(market.previous_adjusted, [12.0, 110.0, nan, nan])
    np.testing.assert_array_equal(market.stale, [1.0, 0.0, nan, nan])
    assert np.isnan(market.average_volume).all()  # four volumes are not twenty


def test_average_volume_is_of_the_last_twenty_accepted() -> None:
    volume = [[float(day), nan if day % 2 else 10.0, nan] for day in range(40)]
    market = known(panel([[1.0, 1.0, 1.0]] * 40, volume), ("A", "B", "C"))
    np.testing.assert_array_equal(market.average_volume, [29.5, 10.0, nan])


def test_returns_are_those_among_which_the_last_five_hundred_lie() -> None:
    market = known(panel([[1.0 + day, 1.0, nan] for day in range(600)], [[1.0] * 3] * 600), ("A",))
    assert market.returns.shape == (555, 1)
    np.testing.assert_array_equal(market.benchmark, np.arange(44.0, 599.0))
    assert market.returns[-1, 0] == pytest.approx(1 / 599)
