"""CSV as pandas writes yfinance's frames: read by its documented meaning, or refused whole."""

from datetime import date

import pytest

from quant.errors import InputError
from tasks.sources import Request
from tasks.sources.files import fetch, survey
from tests.tasks.frames import FIELDS, write_delivery, write_frame

DAYS = {date(2025, 9, 2): 640.0, date(2025, 9, 3): 643.5}
BAR = {
    "symbol": "SPY",
    "session": date(2025, 9, 3),
    "open": 643.5,
    "high": 644.5,
    "low": 642.5,
    "close": 643.5,
    "volume": 1000.0,
}


def ask(path, *symbols):
    return fetch(Request(symbols or ("SPY",), None, date(2025, 12, 31), str(path)))


@pytest.mark.parametrize("lines", [1, 2])
@pytest.mark.parametrize("adjusted", ["Price", "Adj Close"])
def test_a_frame_is_read(tmp_path, lines, adjusted):
    fields = (adjusted, "Close", "High", "Low", "Open", "Volume")
    write_frame(tmp_path, "SPY", DAYS, fields=fields, ticker_lines=lines)
    delivery = ask(tmp_path)
    assert delivery.bars.num_rows == 2
    assert delivery.bars.to_pylist()[1] == BAR
    assert delivery.adjusted["adj_close"].to_pylist() == [640.0, 643.5]
    assert delivery.returns == "total"


def test_fields_are_found_by_name_and_not_by_place(tmp_path):
    write_frame(tmp_path, "SPY", DAYS, fields=FIELDS[::-1])
    assert ask(tmp_path).bars.to_pylist()[1] == BAR


def test_distributions_come_from_the_adjusted_close(tmp_path):
    file = write_frame(tmp_path, "SPY", DAYS)
    # 0.64 of 640 paid on the second day: what came before counts 0.1% less.
    file.write_text(file.read_text().replace("2025-09-02 00:00:00,640.0,", "2025-09-02 00:00:00,639.36,"))
    (paid,) = ask(tmp_path).actions.to_pylist()
    assert (paid["ex_date"], paid["kind"], paid["derived"]) == (date(2025, 9, 3), "dividend", True)
    assert paid["value"] == pytest.approx(0.64)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (FIELDS[1:], "lacks the adjusted close, a field Price or Adj Close: without it open, high, low"),
        (FIELDS[:-1], "lacks the field Volume"),
        ((*FIELDS, "Dividends"), "has the unknown field 'Dividends'"),
        ((*FIELDS, "Adj Close"), "has two fields for adj_close ('Price' and 'Adj Close')"),
    ],
)
def test_another_schema_is_refused(tmp_path, fields, said):
    write_frame(tmp_path, "AGG", DAYS)
    write_frame(tmp_path, "SPY", DAYS, fields=fields)
    with pytest.raises(InputError) as refused:
        survey(tmp_path)
    assert said in str(refused.value)
    assert "SPY.csv" in str(refused.value)


def test_another_symbol_than_the_files_name_is_refused(tmp_path):
    write_frame(tmp_path, "SPY", DAYS, ticker="QQQ")
    with pytest.raises(InputError, match=r"SPY\.csv names the symbol 'QQQ'"):
        survey(tmp_path)


def test_a_head_that_is_cut_off_or_of_hours_is_refused(tmp_path):
    file = write_frame(tmp_path, "SPY", DAYS)
    file.write_text(file.read_text().replace("Date,", "Datetime,"))
    with pytest.raises(InputError, match="'Datetime', not Date"):
        survey(tmp_path)
    file.write_text("\n".join(file.read_text().splitlines()[:3]) + "\n")
    with pytest.raises(InputError, match="'nothing at all', not Date"):
        survey(tmp_path)


def test_a_frame_without_rows_is_refused(tmp_path):
    write_frame(tmp_path, "SPY", {})
    with pytest.raises(InputError, match="not one row"):
        survey(tmp_path)


def test_layouts_are_not_mixed(tmp_path):
    write_frame(tmp_path, "AGG", DAYS)
    (tmp_path / "SPY.csv").write_text(
        "date,open,high,low,close,volume,adj_close\n2025-09-03,1,1,1,1,1,1\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match="different layouts"):
        survey(tmp_path)


def test_a_wrong_cell_is_named(tmp_path):
    file = write_frame(tmp_path, "SPY", DAYS)
    file.write_text(file.read_text().replace("643.5,644.5", "643.5,high"))
    with pytest.raises(InputError, match=r"SPY\.csv, row 2, column 'High': 'high' is not a number"):
        survey(tmp_path)


def test_a_survey_tells_what_is_there(tmp_path):
    folder = write_delivery(tmp_path, "20250903T220000Z", {"SPY": DAYS, "AGG": {date(2025, 9, 3): 99.0}})
    found = survey(folder)
    assert (found.symbols, found.first, found.last) == (("AGG", "SPY"), *DAYS)
    assert found.rows.num_rows == 3


def test_an_archive_is_read_as_its_newest_delivery(tmp_path):
    write_delivery(tmp_path, "20250903T220000Z", {"SPY": {date(2025, 9, 3): 1.0}})
    write_delivery(tmp_path, "20250904T220000Z", {"SPY": {date(2025, 9, 3): 2.0}})
    (tmp_path / "notes").mkdir()
    assert ask(tmp_path).bars["close"].to_pylist() == [2.0]
