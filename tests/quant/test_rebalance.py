"""Who trades, how much and why; every number here was worked out by hand."""

from dataclasses import replace
from math import inf, nan

import pytest

from quant.book.book import Book, Trade
from quant.book.ticks import Ticks
from quant.policy.policy import Policy
from quant.rebalance.construction import construct
from quant.rebalance.rebalance import NOTHING_BEFORE, propose
from tests.quant.books import DRIFTED, make, quantities

# Value 100,000. Each symbol is within its band of 5 points; equity, 6 points over, is not.
CLASS_ONLY = make(
    {
        "SPY": ("equity", 0.4, 440, 100.0),
        "EFA": ("equity", 0.2, 220, 100.0),
        "AGG": ("bond", 0.2, 160, 100.0),
        "TLT": ("government", 0.2, 160, 100.0),
    },
    2000.0,
)
NOTHING: frozenset[str] = frozenset()


def by_symbol(trades: tuple[Trade, ...]) -> dict[str, Trade]:
    return {trade.symbol: trade for trade in trades}


def test_target_trades_every_symbol_and_scales_the_buys() -> None:
    trades = propose(DRIFTED, Policy(), calendar_due=False)
    # Sells: 662 - 594 and all of XYZ. Cash for buys: (68 + 38) * 99.5 - 1000 = 9547; needed:
    # (17 + 79) * 100.5 = 9648. Factor 0.98953: 16.82 and 78.17 shares.
    assert quantities(trades) == {"SPY": -68, "XYZ": -38, "AGG": 16, "GLD": 78}
    assert [trade.symbol for trade in trades] == ["SPY", "XYZ", "AGG", "GLD"]
    assert {trade.limit_price for trade in trades} == {99.5, 100.5}
    assert [trade.weight_after for trade in trades] == pytest.approx([0.594, 0.0, 0.296, 0.098])


def test_triggers_rules_and_reasons() -> None:
    trades = by_symbol(propose(DRIFTED, Policy(), calendar_due=False))
    assert {symbol: trade.trigger for symbol, trade in trades.items()} == {
        "SPY": "band",
        "XYZ": "no_target",
        "AGG": "band",
        "GLD": "band",
    }
    assert trades["SPY"].rule == "|drift| of SPY 0.0620 > min(0.05, 0.25 × 0.6) = 0.05"
    assert trades["SPY"].reason == (
        "SPY is 66.2% against a target of 60.0%, 6.2 points over (band 5.0): "
        "sell to target less the cash buffer of 1.0%"
    )
    assert trades["XYZ"].reason == "XYZ is 3.8% and has no target: sell all of it"
    assert trades["AGG"].rule == "|drift| of GLD 0.0800 > min(0.05, 0.25 × 0.1) = 0.025"
    assert trades["AGG"].reason == (
        "AGG is 28.0% against a target of 30.0%; GLD is 8.0 points under (band 2.5), so all rebalance: "
        "buy to target less the cash buffer of 1.0%, cut to 99.0% by the cash there is"
    )


def test_a_breach_by_a_hair_does_not_read_as_equal_to_its_band() -> None:
    book = make({"SPY": ("equity", 0.6, 6504, 10.0), "AGG": ("bond", 0.4, 3496, 10.0)}, 0.0)
    reason = by_symbol(propose(book, Policy(), calendar_due=False))["SPY"].reason
    assert reason.startswith("SPY is 65.04% against a target of 60.00%, 5.04 points over (band 5.00): sell")


def test_held_symbols_are_fixed_and_the_rest_is_rebuilt() -> None:
    trades = propose(DRIFTED, Policy(), calendar_due=False, held=frozenset({"XYZ"}))
    # Cash for buys is now 68 * 99.5 - 1000 = 5766 of 9648: 10.16 and 47.21 shares.
    assert quantities(trades) == {"SPY": -68, "AGG": 10, "GLD": 47}
    trades = propose(DRIFTED, Policy(), calendar_due=False, held=frozenset({"GLD"}))
    # A held buy needs no cash: AGG gets all of its 17 shares.
    assert quantities(trades) == {"SPY": -68, "XYZ": -38, "AGG": 17}


def test_a_class_breach_alone_trades_every_symbol() -> None:
    trades = propose(CLASS_ONLY, Policy(), calendar_due=False)
    # Cash for buys: 2000 + 66 * 99.5 - 1000 = 7567 of 76 * 100.5 = 7638: 37.65 shares each.
    assert quantities(trades) == {"SPY": -44, "EFA": -22, "AGG": 37, "TLT": 37}
    assert {trade.trigger for trade in trades} == {"class_band"}
    assert by_symbol(trades)["SPY"].reason == (
        "SPY is 44.0% against a target of 40.0%, 4.0 points over (band 5.0); "
        "asset class equity is 6.0 points over (band 5.0): "
        "sell to target less the cash buffer of 1.0%"
    )


def test_the_calendar_alone_trades_every_symbol() -> None:
    book = make({"SPY": ("equity", 0.6, 620, 100.0), "AGG": ("bond", 0.4, 380, 100.0)}, 0.0)
    assert propose(book, Policy(calendar="quarterly"), calendar_due=False) == ()
    trades = propose(book, Policy(calendar="quarterly"), calendar_due=True)
    # SPY 620 - 594 sold; cash 26 * 99.5 - 1000 = 1587 buys 15.8 of AGG's 16 shares.
    assert quantities(trades) == {"SPY": -26, "AGG": 15}
    assert {trade.trigger for trade in trades} == {"calendar"}
    assert trades[0].rule == "calendar = quarterly: the session is the first of its period"
    assert ", and a calendar rebalance is due: sell to target" in trades[0].reason


@pytest.mark.parametrize("destination", ["edge", "halfway"])
def test_the_calendar_does_not_act_on_bands(destination: str) -> None:
    book = make({"SPY": ("equity", 0.6, 620, 100.0), "AGG": ("bond", 0.4, 380, 100.0)}, 0.0)
    assert propose(book, Policy(destination=destination), calendar_due=True) == ()


def test_edge_moves_the_breached_to_their_edge() -> None:
    trades = propose(DRIFTED, Policy(destination="edge", cash_buffer=0.0), calendar_due=False)
    # SPY to 65%, GLD to 7.5%, XYZ out. Cash (12 + 38) * 99.5 = 4975 of 55 * 100.5 = 5527.5: 49.5 shares.
    assert quantities(trades) == {"SPY": -12, "XYZ": -38, "GLD": 49}
    assert by_symbol(trades)["SPY"].reason.endswith(": sell to the edge of the band")


def test_halfway_moves_them_to_half_the_band_and_the_rest_absorbs() -> None:
    trades = propose(DRIFTED, Policy(destination="halfway", cash_buffer=0.0), calendar_due=False)
    # SPY to 62.5%, GLD to 8.75%, XYZ out: a net sale of 3.7 + 3.8 - 6.75 = 0.75 points goes to AGG.
    # Cash (37 + 38) * 99.5 = 7462.5 of (67.5 + 7.5) * 100.5 = 7537.5, factor 0.99005: 66.8 and 7.4 shares.
    # GLD is breached, so 67: with AGG's 7 that costs 7437.
    assert quantities(trades) == {"SPY": -37, "XYZ": -38, "GLD": 67, "AGG": 7}
    funding = by_symbol(trades)["AGG"]
    assert funding.trigger == "funding"
    assert funding.rule == "destination = halfway: the net of its moves is met by opposite drifts"
    assert ": buy with the proceeds of the sales" in funding.reason


def test_a_breached_class_moves_its_members_in_proportion_to_their_targets() -> None:
    trades = propose(CLASS_ONLY, Policy(destination="edge"), calendar_due=False)
    # One point too many, two thirds of it SPY's: 6.67 and 3.33 shares, of which one less would leave equity
    # above its edge. The cash is above its buffer, so that the whole point goes to AGG and TLT.
    assert quantities(trades) == {"SPY": -7, "EFA": -4, "AGG": 5, "TLT": 5}
    assert by_symbol(trades)["EFA"].trigger == "class_band"
    assert by_symbol(trades)["EFA"].reason.endswith(": sell with its class to the edge of the band")
    halfway = propose(CLASS_ONLY, Policy(destination="halfway"), calendar_due=False)
    assert quantities(halfway) == {"SPY": -24, "EFA": -12, "AGG": 17, "TLT": 17}  # of 23.3, 11.7, 17.5


def test_a_class_moves_only_by_what_its_members_own_moves_left_missing() -> None:
    # SPY, 10 points over, falls 5 to its edge; equity, 12 over, must fall 7: SPY and EFA share the other 2
    # by their targets of 50% and 10%.
    book = make(
        {
            "SPY": ("equity", 0.5, 600, 100.0),
            "EFA": ("equity", 0.1, 120, 100.0),
            "AGG": ("bond", 0.4, 280, 100.0),
        },
        0.0,
    )
    trades = propose(book, Policy(destination="edge", cash_buffer=0.0, lot_size=0), calendar_due=False)
    assert quantities(trades)["SPY"] == -66.666667
    assert quantities(trades)["EFA"] == -3.333334
    # AGG and its class want 7 points, 70 shares; cash (66.666667 + 3.333334) * 99.5 pays 69.30 at 100.5.
    assert quantities(trades)["AGG"] == pytest.approx(69.303482, abs=2e-6)


def test_held_members_leave_their_class_to_the_others() -> None:
    trades = propose(CLASS_ONLY, Policy(destination="edge"), calendar_due=False, held=frozenset({"SPY"}))
    assert quantities(trades)["EFA"] == -10


# SPY is 7 points under. AGG is 4 over and GLD 2 over, both within their bands.
UNDER = {
    "SPY": ("equity", 0.6, 530, 100.0),
    "AGG": ("bond", 0.25, 290, 100.0),
    "GLD": ("gold", 0.15, 170, 100.0),
}


def test_a_net_purchase_is_paid_from_cash_above_the_buffer() -> None:
    rows = UNDER | {"AGG": ("bond", 0.25, 250, 100.0), "GLD": ("gold", 0.15, 150, 100.0)}
    trades = propose(make(rows, 7000.0), Policy(destination="edge"), calendar_due=False)
    assert quantities(trades) == {"SPY": 20}


def test_then_from_the_overweight_in_proportion_to_their_drifts() -> None:
    trades = propose(make(UNDER, 1000.0), Policy(destination="edge"), calendar_due=False)
    # Cash is at its buffer; of the 20 shares AGG gives 13.3 and GLD 6.7. Their 19 * 99.5 pay 18.8 shares.
    assert quantities(trades) == {"AGG": -13, "GLD": -6, "SPY": 18}
    assert by_symbol(trades)["AGG"].reason.endswith(": sell to pay for the purchases")


def test_cash_missing_from_the_buffer_is_raised_too() -> None:
    trades = propose(
        make(UNDER, 1000.0), Policy(destination="edge", cash_buffer=0.02, lot_size=0), calendar_due=False
    )
    # 2 points for SPY and 1 for the buffer from 4 + 2 points over.
    assert quantities(trades)["AGG"] == -20
    assert quantities(trades)["GLD"] == -10


def test_the_overweight_sell_no_further_than_to_their_targets() -> None:
    rows = UNDER | {"SPY": ("equity", 0.6, 500, 100.0), "AGG": ("bond", 0.25, 320, 100.0)}
    book = make(rows | {"GLD": ("gold", 0.15, 180, 100.0)}, 0.0)
    policy = Policy(destination="halfway", band_absolute=0.08, band_relative=1.0, cash_buffer=0.2)
    # SPY to 56% asks for 6 points and the buffer for 20, while AGG and GLD are 7 + 3 over.
    assert quantities(propose(book, policy, calendar_due=False)) == {"AGG": -70, "GLD": -30}


def test_a_net_sale_first_refills_the_buffer() -> None:
    rows = {"SPY": ("equity", 0.6, 680, 100.0), "AGG": ("bond", 0.4, 370, 100.0)}
    # Value 100,000 with cash of -5,000: SPY's 3 points of sale do not even fill the hole.
    trades = propose(make(rows, -5000.0), Policy(destination="edge"), calendar_due=False)
    assert quantities(trades) == {"SPY": -30}


@pytest.mark.parametrize(
    "book",
    [
        make({"SPY": ("equity", 0.6, 10, nan), "AGG": ("bond", 0.4, 10, 100.0)}, 0.0),
        make({"SPY": ("equity", 0.6, 10, 100.0), "AGG": ("bond", 0.4, 0, 100.0)}, -1000.0),
        make({"SPY": ("equity", 0.6, 10, 100.0), "AGG": ("bond", 0.4, 0, 100.0)}, -2000.0),
    ],
    ids=["a held symbol without a close", "value 0", "value below 0"],
)
def test_a_book_without_a_value_proposes_nothing(book: Book) -> None:
    assert propose(book, Policy(), calendar_due=True) == ()


@pytest.mark.parametrize("destination", ["target", "edge", "halfway"])
def test_a_target_without_a_close_does_not_trade(destination: str) -> None:
    book = make({"SPY": ("equity", 0.6, 700, 100.0), "NEW": ("bond", 0.4, 0, nan)}, 30_000.0)
    trades = propose(book, Policy(destination=destination), calendar_due=False)
    assert set(quantities(trades)) == {"SPY"}


def test_a_price_of_many_zeros_is_bought_and_sold_near_its_close() -> None:
    rows = {"BTC": ("x", 0.5, 0.78, 100_000.0), "DUST": ("x", 0.5, 2_000_000_000.0, 0.0000113)}
    trades = by_symbol(propose(make(rows, 0.0), Policy(lot_size=0), calendar_due=False))
    assert trades["BTC"].side == "SELL"
    assert 0.0000113 <= trades["DUST"].limit_price <= 0.0000113 * 1.005
    assert trades["DUST"].notional > 25_000


# DUST is 7 points under; AGG, 5 points over, is within its band and would pay for a purchase.
COARSE = make(
    {
        "SPY": ("equity", 0.4, 420, 100.0),
        "AGG": ("bond", 0.4, 440, 100.0),
        "DUST": ("crypto", 0.2, 2_600_000, 0.005),
    },
    1000.0,
)


def test_what_its_own_ticks_cannot_price_is_not_bought_and_nothing_is_sold_for_it() -> None:
    policy = Policy(destination="edge", band_absolute=0.06)
    assert set(quantities(propose(COARSE, policy, calendar_due=False))) == {"SPY", "AGG", "DUST"}
    book = replace(COARSE, ticks={"DUST": Ticks(((inf, 0.01),), "stated")})
    built = construct(book, policy, False, NOTHING, NOTHING_BEFORE, None)
    assert built.trades == ()
    assert built.untraded["DUST"] == "its limit price would be below the smallest tick"


def test_within_all_bands_nothing_is_proposed() -> None:
    book = make({"SPY": ("equity", 0.6, 610, 100.0), "AGG": ("bond", 0.4, 390, 100.0)}, 0.0)
    assert propose(book, Policy(), calendar_due=False, held=NOTHING) == ()
