"""A broker's export becomes a portfolio: columns by meaning, numbers in either spelling, nothing guessed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.broker import first_files, numbers
from config.broker.positions import Positions, read_positions
from config.holdings import Lot
from quant.errors import InputError

TITLED = """"Positions for account Individual ...123 as of 09:30 AM ET"

"Symbol","Description","Qty (Quantity)","Price","Mkt Val (Market Value)","Cost Basis","Gain $"
"SPY","A FUND","120","$600.50","$72,060.00","$48,000.00","$24,060.00"
"BRK/B","A COMPANY","10","$480.00","$4,800.00","$3,000.00","($1,200.00)"
"Cash & Cash Investments","--","--","--","$12,345.67","--","--"
"Positions Total","","--","--","$89,205.67","--","--"
"""
ACCOUNTS = """Account Number,Account Name,Symbol,Description,Quantity,Last Price,Current Value,Avg Cost
X1,Joint,SPAXX**,MONEY MARKET,,,$500.25,
X1,Joint,VTI,TOTAL MARKET,10,$250.00,$2500.00,$200.00
X2,IRA,VTI,TOTAL MARKET,30,$250.00,$7500.00,$100.00

"The data is provided for information only.",,,,,,,
"""
GERMAN = """Bezeichnung;Symbol;Stück;Einstandskurs;Kurs;Kurswert;Kaufdatum
Aktien;EUNL.DE;1.200;71,23;102,5;123.000,00;31.01.2024
Anleihen;EXHA.DE;50,5;130,1;128,0;6.464,00;
"""


@pytest.fixture
def read(tmp_path):
    def positions(text, currency="USD", named=None, choose=lambda *_: None, **keys):
        file = tmp_path / "positions.csv"
        file.write_text(text, encoding="utf-8")
        return read_positions(file, currency, named or {}, choose, **keys)

    return positions


def test_lines_around_the_table_sums_and_cash_are_no_holdings(read):
    found = read(TITLED)
    assert found.lots == [
        Lot(symbol="SPY", quantity=120, cost_basis=400),
        Lot(symbol="BRK-B", quantity=10, cost_basis=300),
    ]
    assert found.cash == 12345.67
    assert found.values == {"SPY": 72060, "BRK-B": 4800}
    assert any("BRK/B is BRK-B at Yahoo" in note for note in found.notes)
    assert any("Positions Total" in note for note in found.notes)


def test_accounts_are_summed_or_one_is_taken(read):
    found = read(ACCOUNTS)
    assert found.lots == [Lot(symbol="VTI", quantity=40, cost_basis=125)]
    assert found.cash == 500.25
    assert any("summed to 40 shares" in note for note in found.notes)
    one = read(ACCOUNTS, account="X2")
    assert (one.lots, one.cash) == ([Lot(symbol="VTI", quantity=30, cost_basis=100)], 0)
    with pytest.raises(InputError, match=r"no account 'X3'\. It has: X1, X2"):
        read(ACCOUNTS, account="X3")


def test_semicolons_decimal_commas_and_days(read):
    found = read(GERMAN, "EUR")
    assert found.lots == [
        Lot(symbol="EUNL.DE", quantity=1200, cost_basis=71.23, acquired=date(2024, 1, 31)),
        Lot(symbol="EXHA.DE", quantity=50.5, cost_basis=130.1),
    ]
    assert found.values["EUNL.DE"] == 123_000


def test_two_columns_of_one_meaning_are_asked_for_or_named(read):
    text = "Symbol,Shares,Units\nSPY,1,2\n"
    with pytest.raises(InputError, match=r"'Shares' and 'Units' may both be the quantity.*--column quantity"):
        read(text)
    assert read(text, choose=lambda meaning, names: names[1]).lots[0].quantity == 2
    assert read(text, named={"quantity": "shares"}).lots[0].quantity == 1
    with pytest.raises(InputError, match=r"no line names the columns symbol and quantity \(as 'Amount'\)"):
        read(text, named={"quantity": "Amount"})


def test_a_number_that_may_be_read_twice_is_asked_for(read):
    text = 'Symbol,Quantity\nSPY,"1,234"\n'
    with pytest.raises(InputError, match="'1,234' may be read with a comma or with a point"):
        read(text)
    assert read(text, decimal="point").lots[0].quantity == 1234
    assert read(text, decimal="comma").lots[0].quantity == 1.234


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("Symbol,Quantity\nSPY,-3\n", "SPY is sold short"),
        ("Symbol,Quantity\nSPY,three\n", "line 2: quantity: 'three' is not a number"),
        ("Symbol,Quantity\nSPY 240119C500,3\n", "symbol 'SPY 240119C500' is not allowed"),
        ("Symbol,Quantity,Acquired\nSPY,3,soon\n", "acquired 'soon' is not a date"),
        ("Symbol,Quantity\n", "holds no position"),
        ("Symbol,Quantity\nCASH,--\n", "CASH has no amount"),
        ("", "no line names the columns"),
    ],
)
def test_what_cannot_be_read_is_named(read, rows, said):
    with pytest.raises(InputError, match=said):
        read(rows)


@given(st.decimals(min_value=0, max_value=10**9, places=2), st.sampled_from(["point", "comma"]))
def test_a_number_with_cents_is_read_in_either_spelling(value, decimal):
    text = f"{value:,.2f}"
    if decimal == "comma":
        text = text.translate(str.maketrans(",.", ".,"))
    assert numbers.decimal_of([text]) == decimal
    assert numbers.number("here", f"${text}", decimal) == float(value)
    assert numbers.number("here", f"({text})", decimal) == -float(value)


@given(
    st.dictionaries(
        st.from_regex(r"[A-Z]{1,5}", fullmatch=True), st.floats(0.01, 1e9), min_size=1, max_size=40
    )
)
def test_first_targets_are_market_values_that_sum_to_one(values):
    lots = [Lot(symbol=symbol, quantity=1) for symbol in values]
    found = first_files.weights(Positions(lots, values=dict(values)))
    assert sum(round(weight * 10_000) for weight in found.values()) == 10_000
    assert min(found.values()) > 0
    total = sum(values.values())
    off = [abs(found[symbol] - value / total) for symbol, value in values.items()]
    assert sum(gap > 1.0001e-4 for gap in off) <= 1, "one of the largest takes what is left over"
    assert max(off) <= 1e-4 * (len(values) + 1)
