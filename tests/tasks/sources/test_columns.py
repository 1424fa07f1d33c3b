"""Columns that carry splits and payouts: read, or refused by name; never passed over."""

from datetime import date

import pytest

from quant.errors import InputError
from tasks.sources import Request
from tasks.sources.files import begins, fetch

OWN = "symbol,session,open,high,low,close,volume"


def write(folder, head, *rows):
    file = folder / "AAA.csv"
    file.write_text("\n".join([head, *rows]) + "\n")
    return Request(("AAA",), None, date(2030, 1, 1), str(file), calendars={"AAA": "XNYS"})


def test_the_layout_of_tiingo_is_read_as_traded(tmp_path):
    head = "date,close,high,low,open,volume,adjClose,adjHigh,adjLow,adjOpen,adjVolume,divCash,splitFactor"
    request = write(
        tmp_path, head,
        "2020-08-28T00:00:00.000Z,23.98,24,23,23.5,1000,19.48,19.5,18.7,19.1,1231,0.0,1.0",
        "2020-08-31T00:00:00.000Z,19.5,20,19,19.25,2000,19.5,20,19,19.25,2000,0.125,1.231",
    )  # fmt: skip
    delivery = fetch(request)
    assert delivery.bars["session"].to_pylist() == [date(2020, 8, 28), date(2020, 8, 31)]
    assert delivery.bars["close"].to_pylist() == [23.98, 19.5]
    told = [(one["kind"], one["value"], one["derived"]) for one in delivery.actions.to_pylist()]
    assert told == [("split", 1.231, False), ("dividend", 0.125, False)]
    assert delivery.adjusted["adj_close"].to_pylist() == [19.48, 19.5]


@pytest.mark.parametrize(
    "name",
    [
        "split_ratio", "SplitFactors", "Split Coefficient", "divAmount", "div", "Dividend Amount", "ex_div",
        "Distribution", "gain", "cap_gains", "Adjusted_close", "adj", "AdjFactor", "cumFactor", "ratio",
        "PRICE_RATIO", "payout", "bonus", "closeadj", "corporate_action", "ajexdi", "cfacpr",
    ],
)  # fmt: skip
def test_an_unknown_column_that_looks_like_an_action_is_refused_by_its_name(tmp_path, name):
    request = write(tmp_path, f"{OWN},{name},note", "AAA,2024-01-02,1,1,1,1,1,4,x")
    for call in (begins, fetch):
        with pytest.raises(InputError) as refusal:
            call(request)
        assert f"AAA.csv has the column {name!r}" in str(refusal.value)
        assert "name it split (new shares for one old share, 4 for 4:1)" in str(refusal.value)
        assert "note" not in str(refusal.value)


@pytest.mark.parametrize(
    "name",
    ["duration", "expiration", "again", "division", "diversified", "Repaired?", "sector", "adjacent", "vwap"],
)
def test_any_other_column_is_passed_over(tmp_path, name):
    assert fetch(write(tmp_path, f"{OWN},{name}", "AAA,2024-01-02,1,1,1,1,1,4")).bars.num_rows == 1


def test_all_of_them_are_named_at_once(tmp_path):
    with pytest.raises(InputError, match="the column 'ratio', 'gain', which"):
        begins(write(tmp_path, f"{OWN},ratio,gain", "AAA,2024-01-02,1,1,1,1,1,4,2"))


def test_a_split_in_words_is_refused_with_its_row_and_what_is_allowed(tmp_path):
    with pytest.raises(InputError, match=r"row 1, column 'split': '4:1' is not a number of new shares"):
        begins(write(tmp_path, f"{OWN},split", "AAA,2024-01-02,1,1,1,1,1,4:1"))


@pytest.mark.parametrize("dividends", ["", ",Dividends"])
def test_a_history_of_yfinance_without_the_adjusted_close_is_adjusted_itself(tmp_path, dividends):
    """`history()` adjusts for dividends by default: to pay them once more would count them twice."""
    row = "2024-01-02 00:00:00-05:00,1,1,1,1,1" + ",0" * (1 + bool(dividends))
    head = f"Date,Open,High,Low,Close,Volume{dividends},Stock Splits"
    for call in (begins, fetch):
        with pytest.raises(InputError, match=r"lacks the adjusted close.*auto_adjust=False"):
            call(write(tmp_path, head, row))
    head = head.replace("Volume", "Adj Close,Volume")
    assert fetch(write(tmp_path, head, row + ",1")).bars.num_rows == 1
