"""What people get wrong in their first files: each sentence names line, value and remedy."""

import pytest

from config import portfolio_file as portfolios
from config.booking import holdings_of
from config.holdings import read_holdings
from config.sheet import Sheet
from quant.errors import InputError
from tests.config.files import TARGETS, portfolio_file, refused

SPY = '[[target]]\nsymbol = "SPY"\nasset_class = "equity"\nweight = 1\n'


def written(folder, text):
    file = folder / "two.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    (folder / "two.csv").write_text("symbol,quantity\nSPY,1\n")
    return file


def test_percentages_are_named_all_at_once_with_the_shares_that_they_mean(tmp_path):
    targets = TARGETS.replace("0.6", "60").replace("0.4", "40")
    tail = "[rebalance]\nband_absolute = 5\n[risk]\nmax_weight = 65\n"
    sentence = refused(portfolio_file(tmp_path, targets=targets, tail=tail))
    for key, share, percent in [
        ("target #1.weight = 60", "0.60", "60"),
        ("target #2.weight = 40", "0.40", "40"),
        ("rebalance.band_absolute = 5", "0.05", "5"),
        ("risk.max_weight = 65", "0.65", "65"),
    ]:
        assert f"{key}: a share of 1, not a percentage: write {share} for {percent}%." in sentence
    assert "at least 1 item" not in sentence


@pytest.mark.parametrize(
    ("tail", "right"),
    [
        ('[rebalance]\nband_absolute = "5 %"\n', "rebalance.band_absolute = '5 %': {}: write 0.05 for 5 %."),
        ('[rebalance]\nmin_trade = "1_000"\n', "rebalance.min_trade = '1_000': {}: write 1000."),
        ('[rebalance]\nmin_trade = "few"\n', "rebalance.min_trade = 'few': {}, as 1234.5."),
        ('[data]\ncross_check = "true"\n', "data.cross_check = 'true': write true or false, without quotes."),
    ],
)
def test_a_number_or_a_truth_in_quotes(tmp_path, tail, right):
    assert right.format("a number stands without quotes") in refused(portfolio_file(tmp_path, tail=tail))


TOML = {
    "a missing quote": ('name = "two\nholdings = "two.csv"\n', ["line 1", "a quote is missing"]),
    "curly quotes, on every line": (
        "name = “two”\nholdings = ”two.csv”\n",
        ["line 1", "line 2", "a curly quote"],
    ),
    "a minus of a word processor": ("cash = −50\n", ["line 1", "write '-'", "a minus"]),
    "a percentage": ("[rebalance]\nband_absolute = 5%\n", ["line 2", "write band_absolute = 0.05"]),
    "a decimal comma": ("cash = 10,5\n", ["line 1", "write cash = 10.5"]),
    "text without quotes": ("name = core\n", ["line 1", 'write name = "core"']),
    "a word that is a truth": ("[data]\ncross_check = True\n", ["line 2", "write cross_check = true."]),
    "a key twice": ("cash = 5\ncash = 6\n", ["line 2", "'cash' stands twice"]),
    "a table twice": (f"{SPY.replace('[[', '[').replace(']]', ']')}" * 2, ["line 5", "[[target]]"]),
    "Latin-1": ("# caf\xe9".encode("latin-1"), ["line 1", "0xe9", "'é'", "Save it as UTF-8"]),
    "UTF-16": ("cash = 5".encode("utf-16"), ["UTF-16", "Save it as UTF-8"]),
}


@pytest.mark.parametrize(("text", "fragments"), TOML.values(), ids=TOML.keys())
def test_a_line_that_is_no_toml(tmp_path, text, fragments):
    sentence = refused(written(tmp_path, text))
    for fragment in fragments:
        assert fragment in sentence


def test_a_sign_of_a_word_processor_inside_a_text_is_not_what_is_wrong(tmp_path):
    sentence = refused(written(tmp_path, '# “so” – they say\nname = "a – b"\ncash = 10,5\n'))
    assert "line 3" in sentence
    assert "line 1" not in sentence


def test_one_table_for_all_targets(tmp_path):
    file = written(tmp_path, f'name = "two"\nholdings = "two.csv"\n{SPY}'.replace("[[target]]", "[target]"))
    assert "write one [[target]] table for each symbol" in refused(file)


@pytest.mark.parametrize(
    ("tail", "sentence"),
    [
        (
            '[slack]\nchannel = "#a"\ncash = 5\n',
            "'cash' belongs to the portfolio itself. Move it above [slack]",
        ),
        ('holdings = "two.csv"\n', "Move it above [[target]]"),
        ("max_weight = 0.5\n", "'max_weight' belongs below [risk]. Move it there"),
        ("[risk]\nband_absolute = 0.05\n", "'band_absolute' belongs below [rebalance]"),
    ],
)
def test_a_key_below_the_wrong_table(tmp_path, tail, sentence):
    assert sentence in refused(portfolio_file(tmp_path, tail=tail))


def test_several_mistakes_are_named_at_once_and_the_rest_is_counted(tmp_path):
    tail = "[risk]\n" + "".join(f"limit_{number} = 1\n" for number in range(7))
    sentence = refused(portfolio_file(tmp_path, tail=tail))
    assert sentence.count("unknown key") == 5
    assert "2 more mistakes" in sentence


@pytest.mark.parametrize(
    ("written", "right"), [("US", "XNYS"), ("uk", "XLON"), ("Tokyo", "XTKS"), ("DE", "XETR")]
)
def test_a_country_for_a_calendar(tmp_path, written, right):
    assert f"did you mean {right}?" in refused(portfolio_file(tmp_path, f'calendar = "{written}"'))


CSV = {
    "semicolons": ("Symbol;Quantity\nSPY;1,5\n", ["semicolons", "commas"]),
    "tabs": ("symbol\tquantity\nSPY\t1\n", ["tabs", "commas"]),
    "a row of cash": ("symbol,quantity\nSPY,1\nCASH,250.5\n", ["line 3", "cash = 250.50", "remove this row"]),
    "cash by its currency": ("symbol,quantity\nUSD,250\n", ["line 2", "cash = 250.00"]),
    "a total": ("symbol,quantity\nSPY,1\nTotal,1\n", ["line 3", "'Total' sums up"]),
    "an account's total": ("symbol,quantity\nAccount Total,1\n", ["line 2", "sums up"]),
    "several rows": ("symbol,quantity\nSPY,x\nA B,1\nAGG,-1\n", ["line 2", "line 3", "line 4"]),
}


@pytest.mark.parametrize(("text", "fragments"), CSV.values(), ids=CSV.keys())
def test_holdings_as_brokers_export_them(tmp_path, text, fragments):
    sentence = refused(portfolio_file(tmp_path, holdings=text))
    for fragment in fragments:
        assert fragment in sentence


@pytest.mark.parametrize(
    ("text", "fragments"),
    [
        ("symbol,quantity\nSPY,1\n# \xe9".encode("latin-1"), ["line 3", "0xe9"]),
        ("symbol".encode("utf-16"), ["UTF-16"]),
        (b"PK\x03\x04\x14\x00", ["is a workbook", "Save a table as CSV (UTF-8)"]),
    ],
)
def test_holdings_that_are_not_utf_8(tmp_path, text, fragments):
    (tmp_path / "h.csv").write_bytes(text)
    with pytest.raises(InputError) as caught:
        read_holdings(tmp_path / "h.csv")
    for fragment in [*fragments, "Save ", "UTF-8"]:
        assert fragment in str(caught.value)


@pytest.mark.parametrize("header", ["Symbol,Quantity", " SYMBOL , Shares ", "Ticker,Qty", "instrument,units"])
def test_common_names_of_columns_are_read_and_stay_when_fills_are_booked(tmp_path, header):
    file = portfolio_file(tmp_path, holdings=f"{header}\nSPY,100\n")
    portfolio = portfolios.read(file)
    assert portfolio.quantities() == {"SPY": 100.0}
    sheet = Sheet(holdings_of(file, portfolio, None))
    sheet.lots("SPY", None)[0]["quantity"] = "90"
    assert sheet.text() == f"{header}\nSPY,90\n"


def test_a_brokers_cost_basis_of_the_whole_position_is_not_taken_for_one_of_a_share(tmp_path):
    text = "symbol,quantity,Cost Basis\nSPY,100,40000\n"
    assert "unknown column 'cost basis'" in refused(portfolio_file(tmp_path, holdings=text))


def test_a_share_that_is_called_cash_is_held_once_the_file_says_so(tmp_path):
    file = portfolio_file(
        tmp_path, tail='[[instrument]]\nsymbol = "CASH"\n', holdings="symbol,quantity\nCASH,5\n"
    )
    assert portfolios.read(file).quantities() == {"CASH": 5.0}


@pytest.mark.parametrize(
    ("head", "text", "said"),
    [
        ("cash = -50", "symbol,quantity\nSPY,1\n", ["cash = -50 is below 0"]),
        ("cash = 50", "symbol,quantity\n", ["the holdings file has no row"]),
        ("cash = 50", "symbol,quantity\nSPY,1\n", []),
    ],
)
def test_what_is_seldom_meant_is_allowed_and_said(tmp_path, head, text, said):
    oddities = portfolios.read(portfolio_file(tmp_path, head, holdings=text)).oddities
    assert len(oddities) == len(said)
    assert all(fragment in sentence for fragment, sentence in zip(said, oddities, strict=True))
