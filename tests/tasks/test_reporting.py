"""What a report says of many trades costs what its rows do, and not their product."""

from datetime import UTC, datetime
from typing import Any

from config.portfolio import Portfolio
from quant.policy.policy import Target
from tasks.report.assemble import told_trades

SYMBOLS = [f"S{number:03d}" for number in range(40)]
PORTFOLIO = Portfolio(
    name="many",
    target=tuple(
        Target(symbol=symbol, asset_class=f"class{number % 3}", weight=1 / len(SYMBOLS))
        for number, symbol in enumerate(SYMBOLS)
    ),
)
UNTAXED: dict[str, Any] = {"costs": None, "lots": None, "tax": None}
EXPIRES = datetime(2024, 7, 1, 20, tzinfo=UTC)
TRADES = [UNTAXED | {"symbol": symbol, "status": "held", "expires": EXPIRES} for symbol in SYMBOLS]
SCOPES = ["portfolio", *SYMBOLS, "class class0", "class class1", "class class2", "scenario 2008", "portfolio"]


class Read(dict[str, str]):
    """A check that counts how often it is read."""

    times = 0

    def __getitem__(self, name: str) -> str:
        Read.times += 1
        return super().__getitem__(name)


def told() -> list[list[str]]:
    checks = [Read(scope=scope, check=f"check {place}") for place, scope in enumerate(SCOPES)]
    rows = told_trades(TRADES, checks, PORTFOLIO, [None] * len(TRADES))
    return [[dict(one)["check"] for one in row["checks"]] for row in rows]


def test_a_trade_has_the_checks_that_concern_it_in_their_order() -> None:
    last = len(SCOPES) - 1
    own, of_class = 1 + 4, len(SYMBOLS) + 2  # S004 is of class1
    assert told()[4] == [f"check {place}" for place in (0, own, of_class, last - 1, last)]


def test_checks_are_read_once_for_all_trades() -> None:
    Read.times = 0
    told()
    assert Read.times <= 2 * len(SCOPES)
