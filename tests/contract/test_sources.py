"""What every source owes, whichever file it is: add a file and it is covered here."""

import inspect
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import get_args

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pydantic import SecretStr

from config.settings import Settings
from tasks.sources import ACTIONS, ADJUSTED, BARS, Request, names, resolve
from tasks.sources._access import vendors
from tests.standins.tiingo import TOKEN, Tiingo
from tests.standins.yahoo import Yahoo
from warehouse.tables.batches import Interval

ASKED = ("SPY", "^GSPC", "NOPE")
START, END = date(2010, 5, 3), date(2010, 5, 6)
VENDORS = {"tiingo": Tiingo}  # the other vendors' stand-in is Yahoo's; what is no vendor never asks it
KINDS = {"rate_limited", "delisted", "empty", "outage", "not_understood"}


@pytest.fixture(params=names())
def source(request):
    module = request.param
    return resolve(f"{module}:anywhere" if module == "files" else module).source


@pytest.fixture
def location(source, tmp_path):
    """Where a source finds the same four sessions: a file, or a vendor's address."""
    sessions = [date(2010, 4, 30), date(2010, 5, 3), date(2010, 5, 4), date(2010, 5, 6), date(2010, 5, 7)]
    prices = {"open": 10.0, "high": 12.0, "low": 9.0, "close": 11.0, "volume": 100}
    if source.LOCATED:
        lines = [f"{symbol},{day},10,12,9,11,100" for symbol in ASKED[:2] for day in sessions]
        (tmp_path / "bars.csv").write_text("\n".join(["symbol,session,open,high,low,close,volume", *lines]))
        yield str(tmp_path / "bars.csv")
    else:
        with VENDORS.get(source.__name__.rpartition(".")[2], Yahoo)() as vendor:
            for symbol in ASKED[:2]:
                vendor.serve(symbol, pa.Table.from_pylist([{"session": day} | prices for day in sessions]))
            yield vendor.address


def asking(location, *symbols):
    return Request(symbols or ASKED, START, END, location, token=SecretStr(TOKEN))


def test_it_has_the_functions_of_a_source(source):
    assert isinstance(source.LOCATED, bool)
    assert source.VENDOR is None or source.VENDOR.probe
    assert set(source.INTERVALS) <= set(get_args(Interval))
    assert "1d" in source.INTERVALS
    assert callable(source.parse)
    for function in (source.begins, source.fetch):
        first, *others = inspect.signature(function).parameters.values()
        assert first.name == "request"
        assert all(other.default is not inspect.Parameter.empty for other in others)
    assert source.__doc__


def test_what_it_delivers(source, location):
    told = []
    request = replace(asking(location), progress=lambda *step: told.append(step))
    delivery = source.fetch(request)

    for table, schema in ((delivery.bars, BARS), (delivery.actions, ACTIONS), (delivery.adjusted, ADJUSTED)):
        assert table.schema.equals(schema)
    for name in ("open", "high", "low", "close", "volume"):
        assert not pc.any(pc.is_nan(delivery.bars[name])).as_py(), "what is missing is NULL, never NaN"

    delivered = delivery.bars["symbol"].unique().to_pylist()
    assert delivered, "at least one of the asked symbols is known to every source"
    assert {error.symbol for error in delivery.errors} == set(ASKED) - set(delivered)
    assert {error.kind for error in delivery.errors} <= KINDS
    assert pc.min(delivery.bars["session"]).as_py() >= START
    assert pc.max(delivery.bars["session"]).as_py() == END
    assert delivery.returns in {"total", "price"}
    assert len(delivery.digest) == 64
    assert told[-1][:2] == (len(ASKED), len(ASKED))


def test_the_same_question_has_the_same_answer(source, location):
    first, second = (source.fetch(asking(location)) for _ in range(2))
    assert first == second


def test_where_it_begins(source, location):
    first = source.begins(asking(location))
    assert first is None or first <= START


def test_an_unknown_symbol_is_an_error_of_that_symbol(source, location):
    delivery = source.fetch(asking(location, "NOPE"))
    assert delivery.bars.num_rows == 0
    assert [error.symbol for error in delivery.errors] == ["NOPE"]
    assert delivery.errors[0].error


def test_the_settings_of_each_vendor_stand_in_the_reference():
    page = (Path(__file__).parents[2] / "docs" / "reference.md").read_text()
    rows = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| `BALLAST_")]
    written = {name.strip(" `"): default.strip(" `") for name, default in rows}
    for vendor in vendors().values():
        for setting in vendor.settings:
            assert written[setting.variable] == setting.default


def test_no_vendor_takes_the_variables_of_another_part():
    names = [vendor.name for vendor in vendors().values()]
    assert len({*names}) == len(names)
    taken = [field for field in Settings.model_fields for name in names if field.startswith(f"{name}_")]
    assert taken == []
