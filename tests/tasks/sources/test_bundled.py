"""The series that the installed packages carry, against the published record."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tasks.sources import Request
from tasks.sources.bundled import begins, fetch

ROOT = Path(__file__).resolve().parents[3]
CRASH = date(2010, 5, 6)


def bars(symbol, start=None, end=CRASH):
    return fetch(Request((symbol,), start, end)).bars.to_pylist()


def test_the_flash_crash_of_the_s_and_p_500():
    before, crash = bars("^GSPC", start=date(2010, 5, 5))
    assert before["close"] == pytest.approx(1165.87, abs=0.05)
    assert (crash["low"], crash["close"]) == pytest.approx((1065.79, 1128.15), abs=0.005)
    assert crash["volume"] == 10_617_810_000


def test_stocks_and_oil_have_a_close_only():
    for symbol, close in (("AAPL", 7.475), ("DCOILWTICO", 77.18)):
        last = bars(symbol)[-1]
        assert (last["session"], last["close"]) == (CRASH, close)
        assert [last[name] for name in ("open", "high", "low", "volume")] == [None] * 4


def test_oil_has_no_bar_on_a_holiday_of_the_exchange():
    """2007-01-02 was a day of mourning for President Ford; oil was quoted at 60.77."""
    days = [bar["session"] for bar in bars("DCOILWTICO", start=date(2006, 12, 29), end=date(2007, 1, 4))]
    assert days == [date(2006, 12, 29), date(2007, 1, 3), date(2007, 1, 4)]
    assert all(bar["close"] is not None for bar in bars("DCOILWTICO"))


def test_where_each_series_begins():
    first = {"^GSPC": date(1999, 1, 4), "^IXIC": date(1999, 1, 4), "XOM": date(1990, 1, 2)}
    for symbol, begin in first.items():
        assert begins(Request((symbol,), None, CRASH)) == begin == bars(symbol)[0]["session"]
    assert begins(Request(("SPY",), None, CRASH)) is None


def test_it_says_what_it_is():
    assert fetch(Request(("AAPL", "XOM"), None, CRASH)).returns == "total"
    mixed = fetch(Request(("AAPL", "^GSPC"), None, CRASH))
    assert mixed.returns == "price"
    assert "nobody can buy" in mixed.illustration


def test_what_it_lacks_is_reported_per_symbol():
    delivery = fetch(Request(("SPY", "AAPL", "^GSPC"), date(2020, 1, 1), date(2020, 1, 31)))
    assert [(error.symbol, error.kind) for error in delivery.errors] == [("SPY", "empty"), ("^GSPC", "empty")]
    assert "1999-01-04 to 2018-12-31" in delivery.errors[1].error
    assert delivery.bars["symbol"].unique().to_pylist() == ["AAPL"]


def test_the_packages_are_read_without_importing_them():
    code = (
        "import sys; from datetime import date; from tasks.sources import Request, resolve; "
        "resolve('bundled').source.fetch(Request(('^GSPC', 'AAPL', 'DCOILWTICO'), None, date(2010, 5, 6))); "
        "print(sorted({'arch', 'skfolio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
