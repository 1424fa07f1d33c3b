"""Portfolio files: every key as written, and the file that a name means."""

import re
from datetime import date
from math import inf

import pytest

from config import portfolio_file as portfolios
from config.channels import SlackChannel
from config.examples import SHIPPED
from config.holdings import Lot
from config.portfolio import DataPolicy, Portfolio
from quant.book.ticks import Ticks
from quant.errors import InputError
from quant.policy.policy import Limits, Policy, Target
from tests.config.files import portfolio_file

EVERY_KEY = """
name = "every-key_1"
currency = "EUR"
calendar = "XLON"
benchmark = "^GSPC"
holdings = "two.csv"
holdings_as_of = 2024-12-31
cash = -250.5

[slack]
channel = "#portfolio"
mention = "<!here>"

[[target]]
symbol = "BRK-B"
asset_class = "equity"
weight = 1

[rebalance]
calendar = "quarterly"
band_absolute = 0.04
band_relative = 0.2
destination = "edge"
min_trade = 50
lot_size = 0
cash_buffer = 0.02
limit_offset = 0.001

[risk]
max_weight = 0.65
max_order_value = 250000.0
max_adv = 0.10
max_turnover = 0.25
price_collar = 0.05
var_95 = 0.03
max_drawdown = 0.25
restricted = ["TSLA", "GME"]
data_tolerance = 0.02

[data]
fallback = ["tiingo"]
disagreement = 0.01
cross_check = true
"""


def test_every_key(tmp_path):
    file = tmp_path / "every.toml"
    file.write_text(EVERY_KEY)
    (tmp_path / "two.csv").write_text("symbol,quantity\nBRK-B,3\n")
    assert portfolios.read(file) == Portfolio(
        name="every-key_1",
        currency="EUR",
        calendar="XLON",
        benchmark="^GSPC",
        holdings="two.csv",
        holdings_as_of=date(2024, 12, 31),
        cash=-250.5,
        slack=SlackChannel(channel="#portfolio", mention="<!here>"),
        target=(Target(symbol="BRK-B", asset_class="equity", weight=1.0),),
        rebalance=Policy(
            calendar="quarterly", band_absolute=0.04, band_relative=0.2, destination="edge", min_trade=50.0,
            lot_size=0, cash_buffer=0.02, limit_offset=0.001,
        ),
        risk=Limits(
            max_weight=0.65, max_order_value=250000.0, max_adv=0.1, max_turnover=0.25, price_collar=0.05,
            var_95=0.03, max_drawdown=0.25, restricted=("TSLA", "GME"), data_tolerance=0.02,
        ),
        data=DataPolicy(fallback=("tiingo",), disagreement=0.01, cross_check=True),
        lots=(Lot(symbol="BRK-B", quantity=3.0),),
    )  # fmt: skip


def test_what_holds_where_a_file_says_nothing(tmp_path):
    read = portfolios.read(portfolio_file(tmp_path))
    assert (read.currency, read.calendar, read.benchmark, read.cash) == ("USD", "XNYS", None, 0.0)
    assert (read.slack, read.holdings_as_of) == (None, None)
    # The defaults of the reference.
    assert read.rebalance == Policy(
        calendar="none", band_absolute=0.05, band_relative=0.25, destination="target", min_trade=100.0,
        lot_size=1, cash_buffer=0.01, limit_offset=0.005,
    )  # fmt: skip
    assert read.risk == Limits(restricted=(), data_tolerance=0.01)
    assert read.risk.max_weight is None
    assert read.data == DataPolicy(fallback=(), disagreement=0.005, cross_check=False)


def test_symbols_stand_in_order_and_once(tmp_path):
    holdings = "symbol,quantity,acquired\nGLD,5,\nSPY,100,2020-01-02\nSPY,20,2021-01-04\n"
    read = portfolios.read(portfolio_file(tmp_path, 'benchmark = "QQQ"', holdings=holdings))
    assert read.symbols == ("SPY", "AGG", "GLD")
    assert read.watched == ("SPY", "AGG", "GLD", "QQQ")
    assert read.quantities() == {"GLD": 5.0, "SPY": 120.0}


def test_a_stored_portfolio_is_the_portfolio(tmp_path):
    file = tmp_path / "every.toml"
    file.write_text(EVERY_KEY)
    (tmp_path / "two.csv").write_text("symbol,quantity,cost_basis,acquired\nBRK-B,3,210.5,2020-01-02\n")
    read = portfolios.read(file)
    assert Portfolio.model_validate_json(read.model_dump_json()) == read


MIXED = """
[[instrument]]
symbol = "AGG"
currency = "GBX"
calendar = "XLON"

[[instrument]]
symbol = "EWJ"
currency = "JPY"

[[instrument]]
symbol = "GLD"
calendar = "XTKS"
"""


def test_an_instrument_states_its_ticks(tmp_path):
    ranges = "[{ below = 0.5, size = 0.001 }, { below = 1, size = 0.005 }, { size = 0.01 }]"
    spy, agg = (f'[[instrument]]\nsymbol = "{symbol}"\ntick = ' for symbol in ("SPY", "AGG"))
    read = portfolios.read(portfolio_file(tmp_path, tail=f"{spy}0.05\n{agg}{ranges}\n"))
    again = Portfolio.model_validate_json(read.model_dump_json())
    spy, agg = again.instrument
    assert spy.ticks == Ticks(((inf, 0.05),), "stated")
    assert agg.ticks == Ticks(((0.5, 0.001), (1.0, 0.005), (inf, 0.01)), "stated")


def test_each_instrument_has_its_own_unit_and_exchange(tmp_path):
    holdings = "symbol,quantity\nSPY,1\nGLD,2\n"
    read = portfolios.read(portfolio_file(tmp_path, 'benchmark = "EWJ"', tail=MIXED, holdings=holdings))
    assert read.currencies == {"SPY": "USD", "AGG": "GBX", "GLD": "USD", "EWJ": "JPY"}
    assert read.pairs == {"AGG": "GBPUSD=X", "EWJ": "JPYUSD=X"}
    assert read.asked == ("SPY", "AGG", "GLD", "EWJ", "GBPUSD=X", "JPYUSD=X")
    assert read.exchanges == ("XNYS", "XLON", "XTKS")
    assert read.calendars == {
        "SPY": "XNYS", "AGG": "XLON", "GLD": "XTKS", "EWJ": "XNYS", "GBPUSD=X": "24/5", "JPYUSD=X": "24/5",
    }  # fmt: skip
    assert Portfolio.model_validate_json(read.model_dump_json()) == read


def test_pence_need_no_rate_in_pounds(tmp_path):
    rows = (
        '[[instrument]]\nsymbol = "SPY"\ncurrency = "JPY"\n[[instrument]]\nsymbol = "AGG"\ncurrency = "GBp"\n'
    )
    read = portfolios.read(portfolio_file(tmp_path, 'currency = "GBP"', tail=rows))
    assert read.pairs == {"SPY": "JPYGBP=X"}


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.toml")), ids=lambda file: file.stem)
def test_every_shipped_portfolio_is_right(file, tmp_path):
    assert portfolios.load(file.stem, tmp_path) == portfolios.read(file)
    assert portfolios.read(file).name == file.stem


def test_weights_in_thirds_are_close_enough(tmp_path):
    third = '[[target]]\nsymbol = "{}"\nasset_class = "a"\nweight = 0.333333{}\n'
    targets = "".join(third.format(symbol, end) for symbol, end in (("A", 3), ("B", 3), ("C", 4)))
    assert len(portfolios.read(portfolio_file(tmp_path, targets=targets)).target) == 3


def test_an_editors_byte_order_mark_is_no_mistake(tmp_path):
    file = portfolio_file(tmp_path)
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert portfolios.read(file).name == "two"


def test_holdings_may_lie_elsewhere(tmp_path):
    elsewhere = tmp_path / "broker"
    elsewhere.mkdir()
    (elsewhere / "export.csv").write_text("symbol,quantity\nGLD,7\n")
    folder = tmp_path / "portfolios"
    folder.mkdir()
    for written in ("../broker/export.csv", str(elsewhere / "export.csv")):
        file = portfolio_file(folder, f'holdings = "{written}"', holdings=None)
        assert portfolios.read(file).quantities() == {"GLD": 7.0}


def test_names_are_those_shipped_and_ones_own_which_win(tmp_path):
    own = tmp_path / "portfolios"
    own.mkdir()
    file = portfolio_file(own).rename(own / "core.toml")
    with pytest.raises(InputError, match="name = 'two', but the file is called 'core'"):
        portfolios.load("core", tmp_path)
    file.write_text(file.read_text().replace('"two"', '"core"'))
    assert portfolios.load("core", tmp_path).target == portfolios.read(file).target
    assert portfolios.names(tmp_path)["core"] == own / "core.toml"
    assert portfolios.names(tmp_path / "empty")["core"] == SHIPPED / "core.toml"


@pytest.mark.parametrize(("text", "near"), [("cores", "core"), ("Core", "core"), ("croe", "core")])
def test_an_unknown_portfolio_names_the_nearest(tmp_path, text, near):
    with pytest.raises(InputError, match=f"unknown portfolio '{text}': did you mean '{near}'") as caught:
        portfolios.load(text, tmp_path)
    assert str(tmp_path / "portfolios") in str(caught.value)


def test_a_name_like_nothing_lists_those_known(tmp_path):
    with pytest.raises(InputError, match=re.escape("unknown portfolio 'zzzz': Known: core")):
        portfolios.load("zzzz", tmp_path)


@pytest.mark.parametrize("text", ["none.toml", "folder/none", "~no-such-person/x.toml"])
def test_what_looks_like_a_file_is_one(tmp_path, text):
    with pytest.raises(InputError, match="cannot be read"):
        portfolios.load(text, tmp_path)
