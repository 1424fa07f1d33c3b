"""What a report says of many trades costs what its rows do, and not their product."""

from dataclasses import replace

from config.portfolio import Portfolio
from quant.policy.policy import Target
from tasks.report.assemble import by_concern, trade_rows
from tests.warehouse.rows import TRADE
from warehouse.tables.found import CheckRow

SYMBOLS = [f"S{number:03d}" for number in range(40)]
PORTFOLIO = Portfolio(
    name="many",
    target=tuple(
        Target(symbol=symbol, asset_class=f"class{number % 3}", weight=1 / len(SYMBOLS))
        for number, symbol in enumerate(SYMBOLS)
    ),
)
TRADES = [replace(TRADE, symbol=symbol, status="held") for symbol in SYMBOLS]
SCOPES = ["portfolio", *SYMBOLS, "class class0", "class class1", "class class2", "scenario 2008", "portfolio"]


class Read(CheckRow):
    """A check that counts how often its scope is read."""

    times = 0

    def __getattribute__(self, name: str) -> object:
        Read.times += name == "scope"
        return super().__getattribute__(name)


def checks(row: type[CheckRow]) -> list[CheckRow]:
    return [row(f"check {place}", scope, 0.0, 1.0, "pass", "r") for place, scope in enumerate(SCOPES)]


def test_a_trade_has_the_checks_that_concern_it_in_their_order() -> None:
    last = len(SCOPES) - 1
    own, of_class = 1 + 4, len(SYMBOLS) + 2  # S004 is of class1
    rows = trade_rows(TRADES, checks(CheckRow), PORTFOLIO, [None] * len(TRADES))
    assert [one.check for one in rows[4].checks] == [
        f"check {place}" for place in (0, own, of_class, last - 1, last)
    ]


def test_checks_are_read_once_for_all_trades() -> None:
    Read.times = 0
    concerning = by_concern(checks(Read))
    for symbol in SYMBOLS:
        concerning(symbol, PORTFOLIO.classes[symbol])
    assert len(SCOPES) <= Read.times <= 2 * len(SCOPES)
