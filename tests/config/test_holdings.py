"""Holdings files: lots in file order, and one clear sentence for every mistake."""

from datetime import date

import pytest

from config.holdings import Lot, read_holdings
from quant.errors import InputError

FULL = "symbol,quantity,cost_basis,acquired\n"


@pytest.fixture
def read(tmp_path):
    """Read a text as a holdings file."""

    def read_text(text):
        file = tmp_path / "h.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_holdings(file)

    return read_text


def test_lots_in_file_order(read):
    rows = "SPY,100,410.25,2021-01-04\nAGG,50.5,,\nSPY,20,,2022-01-03\nBRK-B,0,,\n"
    assert read(FULL + rows) == (
        Lot(symbol="SPY", quantity=100.0, cost_basis=410.25, acquired=date(2021, 1, 4)),
        Lot(symbol="AGG", quantity=50.5),
        Lot(symbol="SPY", quantity=20.0, acquired=date(2022, 1, 3)),
        Lot(symbol="BRK-B", quantity=0.0),
    )


@pytest.mark.parametrize(
    "text",
    [
        "symbol,quantity\nSPY,100\n",
        "quantity,symbol\n100,SPY",
        "\ufeffsymbol,quantity\nSPY,100\n",
        "symbol,quantity\r\nSPY,100\r\n",
        "symbol,quantity\rSPY,100\r",
        "symbol,quantity\n\nSPY,100\n\n\n",
        " symbol , quantity \n SPY , 100 \n",
        '"symbol","quantity"\n"SPY","100"\n',
        "symbol,quantity\nSPY,1e2\n",
    ],
)
def test_spellings_of_one_lot(read, text):
    assert read(text) == (Lot(symbol="SPY", quantity=100.0),)


def test_only_a_header_is_all_cash(read):
    assert read("symbol,quantity\n") == ()
    assert read(FULL.strip()) == ()


def refusal(read, text):
    with pytest.raises(InputError) as caught:
        read(text)
    assert "h.csv" in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("", "lacks the column 'symbol'"),
        ("symbol\n", "lacks the column 'quantity'"),
        ("isin,quantity\n", "lacks the column 'symbol'"),
        ("symbol;quantity\n", "by semicolons"),
        ("SPY,100\n", "lacks the column 'symbol'"),
        ("symbol,quantity,price\n", "unknown column 'price'"),
        ("symbol,quantity,\n", "unknown column ''"),
        ("symbol,quantity,quantity\n", "the column 'quantity' twice"),
    ],
)
def test_a_header_that_is_not_right(read, header, problem):
    sentence = refusal(read, header)
    assert problem in sentence
    assert "symbol,quantity[,cost_basis,acquired]" in sentence


@pytest.mark.parametrize(
    "quantity", ["many", "-1", "-0.001", "", "nan", "inf", "-inf", "1_000", '"1,000"', "10%"]
)
def test_a_quantity_that_is_none(read, quantity):
    sentence = refusal(read, f"symbol,quantity\nAGG,5\nSPY,{quantity}\n")
    assert "line 3" in sentence
    assert f"quantity {quantity.strip(chr(34))!r}" in sentence
    assert "at least 0" in sentence


@pytest.mark.parametrize("cost", ["cheap", "-1", "nan"])
def test_a_cost_that_is_none(read, cost):
    assert f"line 2: cost_basis {cost!r}" in refusal(read, f"{FULL}SPY,1,{cost},\n")


@pytest.mark.parametrize("day", ["yesterday", "2024-02-30", "31.12.2024", "2024-12"])
def test_a_date_that_is_none(read, day):
    sentence = refusal(read, f"{FULL}SPY,1,,{day}\n")
    assert f"line 2: acquired {day!r}" in sentence
    assert "2024-12-31" in sentence


@pytest.mark.parametrize("symbol", ["S'PY", '"a"";drop table bars;--"', "", "S PY", "A" * 25, "SPÝ"])
def test_a_symbol_that_is_none(read, symbol):
    sentence = refusal(read, f"symbol,quantity\n{symbol},1\n")
    assert "line 2: symbol" in sentence
    assert "1 to 24 letters" in sentence


@pytest.mark.parametrize("row", ["SPY", "SPY,1,2", "SPY,1,", "   "])
def test_a_row_of_another_length(read, row):
    assert "line 3: has more or fewer values" in refusal(read, f"symbol,quantity\nAGG,1\n{row}\n")


@pytest.mark.parametrize(
    ("rows", "lot", "lines"),
    [
        ("SPY,1,,\nAGG,1,,\nSPY,2,,\n", "SPY without an acquisition date", (2, 4)),
        ("SPY,1,,2020-01-02\n\nSPY,2,9,2020-01-02\n", "SPY acquired 2020-01-02", (2, 4)),
    ],
)
def test_a_lot_that_stands_twice(read, rows, lot, lines):
    sentence = refusal(read, FULL + rows)
    assert f"line {lines[1]}: {lot} stands on line {lines[0]} already" in sentence


def test_lots_of_other_dates_are_other_lots(read):
    assert len(read(FULL + "SPY,1,,\nSPY,1,,2020-01-02\nSPY,1,,2020-01-03\n")) == 3


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"symbol,quantity\nSP\xff,1\n", "not UTF-8"),
        ("symbol,quantity\nSPY,1\n".encode("utf-16"), "UTF-16"),
        (b"symbol,quantity\nSPY," + b"1" * 200_000, "field larger than field limit"),
        (b'symbol,quantity\n"SPY,1\nAGG,2\n', "more or fewer values"),
    ],
)
def test_a_file_that_is_no_csv_text(read, text, problem):
    assert problem in refusal(read, text)


def test_a_folder_in_the_place_of_the_file(tmp_path):
    with pytest.raises(InputError, match=r"cannot be read \(Is a directory\)"):
        read_holdings(tmp_path)
