"""Holdings of many accounts: in one file or a folder, and what of them is refused."""

import pytest

from config.holdings import Lot
from config.portfolio_file import read
from quant.errors import InputError
from tests.config.files import portfolio_file

ROWS = "symbol,quantity,account\nSPY,10,A\nAGG,5,A\nCASH,100,A\nSPY,2,B\n"


def test_accounts_in_one_file_are_summed(tmp_path):
    portfolio = read(portfolio_file(tmp_path, holdings=ROWS))
    assert portfolio.holders is not None
    assert portfolio.holders.names == ("A", "B")
    assert portfolio.lots == (Lot(symbol="SPY", quantity=12.0), Lot(symbol="AGG", quantity=5.0))
    assert portfolio.cash == 100.0


def test_a_quoted_header_names_its_columns_too(tmp_path):
    quoted = ROWS.replace("symbol,quantity,account", '"symbol","quantity","account"')
    assert read(portfolio_file(tmp_path, holdings=quoted)).holders == (
        read(portfolio_file(tmp_path, holdings=ROWS)).holders
    )


def test_a_folder_holds_one_file_for_each_account(tmp_path):
    (tmp_path / "clients").mkdir()
    (tmp_path / "clients" / "A.csv").write_text("symbol,quantity\nSPY,10\nAGG,5\nCASH,100\n")
    (tmp_path / "clients" / "B.csv").write_text("symbol,quantity\nSPY,2\n")
    text = portfolio_file(tmp_path, holdings=None).read_text()
    (tmp_path / "two.toml").write_text(text.replace('holdings = "two.csv"', 'accounts = "clients/"'))
    folder = read(tmp_path / "two.toml")
    other = read(portfolio_file(tmp_path, holdings=ROWS))
    assert folder.holders == other.holders
    assert folder.accounts_digest == other.accounts_digest


def test_another_lot_is_another_digest(tmp_path):
    digests = {
        read(portfolio_file(tmp_path, holdings=rows)).accounts_digest
        for rows in (ROWS, ROWS.replace("SPY,2,B", "SPY,3,B"), ROWS.replace(",B", ",C"))
    }
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            "SPY,1,A\nSPY,2,A\n",
            r"two.csv line 3: account 'A' has SPY without an acquisition date on .* line 2",
        ),
        ("SPY,1,A\nSPI,2,A\n", r"two.csv line 3: account 'A' holds 'SPI', which the portfolio file does not"),
        ("SPY,1,A\nCASH,-2,B\n", r"two.csv line 3 \(account 'B'\): quantity '-2' must be a number"),
        ("SPY,1,A\nCASH,0,B\n", r"two.csv line 3: account 'B' is empty"),
        ("SPY,1,\n", r"two.csv line 2: account '' is not allowed"),
        ("", r"two.csv: names no account"),
    ],
)
def test_a_bad_account_is_one_sentence(tmp_path, rows, sentence):
    with pytest.raises(InputError, match=sentence):
        read(portfolio_file(tmp_path, holdings="symbol,quantity,account\n" + rows))


@pytest.mark.parametrize("head", ["cash = 100.0", "cash_needed = 5.0"])
def test_cash_stands_with_its_account_alone(tmp_path, head):
    with pytest.raises(InputError, match=r"two.csv names accounts, each with cash of its own"):
        read(portfolio_file(tmp_path, head=head, holdings=ROWS))


def test_holdings_and_a_folder_contradict_each_other(tmp_path):
    with pytest.raises(InputError, match="holdings and accounts stand side by side"):
        read(portfolio_file(tmp_path, head='accounts = "clients"', holdings=ROWS))


def test_an_empty_file_of_a_folder_is_refused(tmp_path):
    (tmp_path / "clients").mkdir()
    (tmp_path / "clients" / "A.csv").write_text("symbol,quantity\n")
    file = portfolio_file(tmp_path, holdings=None)
    file.write_text(file.read_text().replace('holdings = "two.csv"', 'accounts = "clients"'))
    with pytest.raises(InputError, match=r"A.csv line 1: account 'A' is empty"):
        read(file)


@pytest.mark.parametrize("limit", ["max_repeats = 3", "max_notional_total = 1000000.0"])
def test_a_limit_that_is_not_known_of_accounts_is_refused(tmp_path, limit):
    tail = f"\n[risk]\n{limit}\n"
    assert read(portfolio_file(tmp_path, tail=tail)).accounts_digest is None
    key = limit.split(maxsplit=1)[0]
    with pytest.raises(InputError, match=f"risk.{key} is not known of accounts"):
        read(portfolio_file(tmp_path, tail=tail, holdings=ROWS))


TAX = "\n[tax]\nshort_rate = 0.4\nlong_rate = 0.2\n"


def test_taxed_lots_need_cost_and_date_and_cash_does_not(tmp_path):
    head = "symbol,quantity,cost_basis,acquired,account\nSPY,10,400,2024-01-02,A\nCASH,100,,,A\n"
    taxed = read(portfolio_file(tmp_path, tail=TAX, holdings=head + "AGG,5,90,2024-01-02,B\n"))
    assert taxed.holders is not None
    assert taxed.holders.names == ("A", "B")
    sentence = r"two.csv line 4: account 'B' has a lot of AGG without acquired, which \[tax\] needs"
    with pytest.raises(InputError, match=sentence):
        read(portfolio_file(tmp_path, tail=TAX, holdings=head + "AGG,5,90,,B\n"))
    with pytest.raises(InputError, match=r"account 'A' has a lot of SPY without cost_basis"):
        read(portfolio_file(tmp_path, tail=TAX, holdings=ROWS))
