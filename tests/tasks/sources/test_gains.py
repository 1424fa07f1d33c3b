"""A fund's capital gain is paid once, in whichever way its vendor tells it."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from tasks.ingest import staging
from tasks.ingest.faults import scan
from tasks.sources import Request
from tasks.sources.files import fetch
from tests.tasks.sources.yahoo import actions, ask, table

FIRST = date(2024, 6, 3)
DAYS = [day for n in range(60) if (day := FIRST + timedelta(days=n)).weekday() < 5]
EX = 30
DIVIDEND, GAIN = 14.0, 12.5  # of a price of 98.5: of the dividend 1.5 is none of the gain


def closes(fell):
    """A quiet fund near 100 that falls by `fell` on its ex-date and gains 0.16% besides."""
    price = 98.5 + 0.3 * np.sin(np.arange(len(DAYS)))
    price[EX - 1] = 98.5
    price[EX:] += (98.5 - fell) * 1.0016 - price[EX]
    return price.round(4)


def fund(fell, dividend=DIVIDEND, gain=GAIN):
    paid = {EX: {"dividend": dividend, "capital_gain": gain}}
    prices = zip(DAYS, closes(fell).tolist(), strict=True)
    return [(day.isoformat(), close, 1e6, paid.get(n, {})) for n, (day, close) in enumerate(prices)]


def paid(delivery):
    return {kind: round(value, 6) for _, kind, value in actions(delivery)}


def test_yahoo_s_dividend_contains_the_gain_beside_it(yahoo):
    yahoo.serve("FUND", table(*fund(DIVIDEND)), kind="MUTUALFUND")
    assert paid(ask(yahoo, "FUND")) == {"dividend": 1.5, "capital_gain": GAIN}


def test_a_history_that_yahoo_tells_rightly_stays_as_it_is(yahoo):
    yahoo.serve("FUND", table(*fund(1.5 + GAIN, dividend=1.5)), kind="MUTUALFUND")
    assert paid(ask(yahoo, "FUND")) == {"dividend": 1.5, "capital_gain": GAIN}
    yahoo.serve("BOTH", table(*fund(DIVIDEND + GAIN)), kind="MUTUALFUND")  # the price fell by both
    assert paid(ask(yahoo, "BOTH")) == {"dividend": DIVIDEND, "capital_gain": GAIN}


@pytest.mark.parametrize("dividend", [GAIN, 12.4996, 12.5004])
def test_a_dividend_that_is_the_gain_and_nothing_else_is_left_out(yahoo, dividend):
    yahoo.serve("FUND", table(*fund(GAIN, dividend)), kind="MUTUALFUND")
    found = paid(ask(yahoo, "FUND"))
    assert sum(found.values()) == pytest.approx(dividend, abs=0.0005)
    assert found.get("dividend", 0.0) < 0.001


def test_after_a_split_both_are_of_the_shares_of_their_day(yahoo):
    rows = fund(DIVIDEND)
    rows += [("2024-08-02", rows[-1][1] / 2, 2e6, {"split": 2.0})]
    yahoo.serve("FUND", table(*rows), kind="ETF")
    found = paid(ask(yahoo, "FUND"))
    assert found == {"split": 2.0, "dividend": 1.5, "capital_gain": GAIN}


def test_what_was_paid_on_the_last_day_without_a_price_yet_follows_yahoo_s_convention(yahoo):
    nothing = dict.fromkeys(("open", "high", "low", "close", "volume"))
    rows = [*fund(0.0, None, None)[:EX]]
    rows += [(DAYS[EX].isoformat(), 98.5, 0.0, nothing | {"dividend": DIVIDEND, "capital_gain": GAIN})]
    yahoo.serve("FUND", table(*rows), kind="ETF")
    assert paid(ask(yahoo, "FUND")) == {"dividend": 1.5, "capital_gain": GAIN}


def test_a_right_bar_is_compared_with_what_its_holder_received(yahoo):
    """The sum of both would lower the reference to 72 and make a return of 0.16% one of +17%."""
    yahoo.serve("FUND", table(*fund(DIVIDEND)), kind="MUTUALFUND")
    delivery = ask(yahoo, "FUND")
    known = staging.KNOWN.empty_table()
    bars = staging.tables(delivery, {"FUND": "XNYS"}, {"XNYS": DAYS}, known)["bars"]
    assert bars["reference_close"][EX].as_py() == pytest.approx(98.5 - DIVIDEND)
    assert bars["close"][EX].as_py() == pytest.approx((98.5 - DIVIDEND) * 1.0016, abs=1e-4)
    # Yahoo's own adjusted close counts the gain twice: told, but nothing is rejected for it.
    assert {(one.table, one.session) for one in scan(delivery, known)} == {("adjusted", DAYS[EX])}


def written(folder, names, rows):
    """A file of these columns; the last two are the dividend and the gain."""
    lines = [names]
    for day, close, volume, more in rows:
        cells = [day, *[close] * 4, volume, more.get("dividend", 0), more.get("capital_gain", 0), close]
        lines.append(",".join(str(cell) for cell in cells[: names.count(",") + 1]))
    file = folder / "FUND.csv"
    file.write_text("\n".join(lines) + "\n")
    return fetch(Request(("FUND",), None, date(2025, 1, 1), str(file)))


OWN = "date,open,high,low,close,volume,dividend,capital_gain"
YFINANCE = "Date,Open,High,Low,Close,Volume,Dividends,Capital Gains,Adj Close"


@pytest.mark.parametrize("names", [OWN, YFINANCE])
def test_in_a_file_too_the_price_decides(tmp_path, names):
    assert paid(written(tmp_path, names, fund(DIVIDEND))) == {"dividend": 1.5, "capital_gain": GAIN}
    apart = written(tmp_path, names, fund(DIVIDEND + GAIN))
    assert paid(apart) == {"dividend": DIVIDEND, "capital_gain": GAIN}


@pytest.mark.parametrize(("names", "left"), [(OWN, 0.4), (YFINANCE, 0.1)])
def test_where_the_price_cannot_tell_only_yfinance_s_columns_contain_the_gain(tmp_path, names, left):
    found = paid(written(tmp_path, names, fund(0.4, 0.4, 0.3)))
    assert found == pytest.approx({"dividend": left, "capital_gain": 0.3})


def test_a_derived_distribution_contains_the_gain_of_its_column(tmp_path):
    names = "date,open,high,low,close,volume,adj_close,capital_gain"
    ratio = np.where(np.arange(len(DAYS)) < EX, 1 - DIVIDEND / 98.5, 1.0)
    rows = [
        (day, close, volume, {"dividend": close * factor, "capital_gain": more.get("capital_gain", 0)})
        for (day, close, volume, more), factor in zip(fund(DIVIDEND), ratio.tolist(), strict=True)
    ]
    found = paid(written(tmp_path, names, rows))
    assert found == pytest.approx({"dividend": 1.5, "capital_gain": GAIN})


def test_the_table_keeps_what_is_not_a_number_for_the_checks(tmp_path):
    delivery = written(tmp_path, OWN, fund(1.0, -1.0, 2.0))
    assert paid(delivery) == {"dividend": -1.0, "capital_gain": 2.0}
    assert delivery.actions.schema.field("value").type == pa.float64()
