"""Fills as the terminal tells them."""

from dataclasses import replace
from datetime import UTC, date, datetime

from flows.terminal import recommendations
from quant.trading.slippage import slippage
from tasks.fills.importing import Cancelled, Filled
from tasks.orders.realised_gains import Realised

NOW = datetime(2024, 7, 1, 22, tzinfo=UTC)
SALE = Filled(
    run_id="R",
    symbol="AAA",
    side="SELL",
    quantity=105.0,
    price=99.8,
    commission=1.0,
    filled_at="2024-07-01",
    id="x",
    imported_by="Bob",
    imported_at=NOW,
    close=100.0,
    limit_price=99.5,
    against_close=slippage("SELL", 105.0, 99.8, 100.0, 1.0),
    against_limit=slippage("SELL", 105.0, 99.8, 99.5, 1.0),
    lots=(
        Realised(date(2024, 3, 1), 100.0, 120.0, -2020.0, "short"),
        Realised(date(2020, 1, 6), 5.0, 60.0, 199.0, "long"),
    ),
    gain=-1821.0,
    account=None,
    currency="USD",
    cancelled=None,
)


def told(*rows):
    return [line.plain for line in recommendations.fills(rows)]


def test_a_sale_tells_its_lots_and_their_gains():
    assert told(SALE) == [
        "R  SELL 105 AAA at 99.8, commission 1  (x, 2024-07-01)",
        "    slippage against close 100: +20.0 bp, +21.00; limit 99.5: -30.2 bp, -31.50",
        "    sold 100 bought on 2024-03-01 at 120: short-term loss of 2,020",
        "    sold 5 bought on 2020-01-06 at 60: long-term gain of 199",
    ]


def test_a_cancelled_fill_says_so_and_is_in_no_sum():
    gone = replace(SALE, id="y", account="trio", cancelled=Cancelled("Eve", NOW, "busted"))
    lines = told(SALE, gone)
    assert lines[4:] == [
        "R  SELL 105 AAA at 99.8 for trio, commission 1  (y, 2024-07-01)",
        "    cancelled by Eve on 2024-07-01 22:00 UTC: busted",
    ]
    unknown = replace(SALE, id="z", lots=(Realised(None, 105.0, None, None, None),), gain=None)
    assert told(SALE, gone, unknown)[-3:] == [
        "    sold 105, whose cost is not known",
        "In all 42 against the closes, -63 against the limits, in USD.",
        "Realised gains of -1,821 USD; of 1 sale it is not known.",
    ]


def test_no_sum_adds_currencies():
    other = replace(SALE, id="y", currency="EUR")
    assert told(SALE, other)[-4:] == [
        "In all 21 against the closes, -31.5 against the limits, in USD.",
        "Realised gains of -1,821 USD.",
        "In all 21 against the closes, -31.5 against the limits, in EUR.",
        "Realised gains of -1,821 EUR.",
    ]
