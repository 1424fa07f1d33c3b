"""A day for a portfolio that accounts follow: from its files to report, message, replay and ledger."""

import json

import pytest

from quant.errors import InputError
from tasks.record import ledger as chain
from tasks.record.replay import replay
from tasks.run.account import report_of
from tests.tasks.desk import TRADES, Desk, held, market, proposed
from warehouse.record import ledger, seals

TRIO = "AAA,700,trio\nBBB,400,trio\nCCC,250,trio\nCASH,5000,trio\n"
"""The desk's own holdings: their trades are worked out in tests/tasks/desk.py."""
RICH = "AAA,7000,rich\nBBB,4000,rich\nCCC,2500,rich\nCASH,50000,rich\n"
EVEN = "AAA,50,even\nBBB,60,even\nCCC,100,even\n"
"""50%, 30% and 20% of 10,000: on target, but without any cash."""


def followed(desk: Desk, rows: str, head: str = "", tables: str = ""):
    """The desk's portfolio file with accounts."""
    file = desk.portfolio(head=head, tables=tables)
    file.write_text(file.read_text().replace("cash = 5000.0\n", ""))
    (desk.folder / "trio.csv").write_text("symbol,quantity,account\n" + rows)
    return file


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Three accounts, one of which has orders above the limit."""
    desk = Desk(tmp_path_factory.mktemp("accounts"))
    file = followed(desk, TRIO + RICH + EVEN, tables="[risk]\nmax_order_value = 50000.0\n")
    return desk, desk.day(market(), file, notifying=True)


def test_each_account_is_its_own_portfolio(ran):
    desk, report = ran
    own = report_of(desk.context(), report.run_id, None, "trio")
    assert proposed(own) == TRADES
    assert (own.value, own.cash, own.status, own.account) == (100_000.0, 5000.0, "recommended", "trio")
    assert {row.key: row.actual for row in own.drift if row.level == "instrument"} == {
        "AAA": 0.7,
        "BBB": 0.2,
        "CCC": 0.05,
    }
    assert own.trades[0].reason.startswith("AAA is 70.0% against a target of 50.0%, 20.0 points over")
    assert report_of(desk.context(), report.run_id, None, "even").status == "no_action"


def test_what_a_limit_holds_is_held_in_that_account_alone(ran):
    desk, report = ran
    rich = report_of(desk.context(), report.run_id, None, "rich")
    # 2,050 AAA are worth 205,000, and 97,000 and 148,000 of BBB and CCC were wanted: all above 50,000.
    assert rich.status == "held"
    assert set(held(rich)) == {"AAA", "BBB", "CCC"}
    assert held(rich)["AAA"].startswith("max_order_value: value of the AAA order is 205,000.00, above")


def test_the_whole_is_the_sum_of_the_accounts(ran):
    _, report = ran
    assert (report.value, report.cash) == (1_110_000.0, 55_000.0)
    assert report.accounts.count == 3
    assert report.accounts.by_status == {"held": 1, "no_action": 1, "recommended": 1}
    assert [(row.check, row.accounts, row.trades) for row in report.accounts.held] == [
        ("max_order_value", 1, 3)
    ]
    assert proposed(report) == TRADES
    assert {(row.symbol, row.accounts) for row in report.trades} == {("AAA", 1), ("BBB", 1), ("CCC", 1)}
    # (20,500 + 9,600 + 14,660) / (2 * 1,110,000)
    assert report.accounts.turnover == pytest.approx(44_760 / 2_220_000, rel=1e-12)
    assert [(row.account, row.key) for row in report.accounts.largest[:2]] == [
        ("trio", "AAA"),
        ("trio", "aaa"),
    ]
    assert report.status == "partial"


def test_the_message_counts_accounts(ran):
    desk, _ = ran
    (file,) = (desk.home / "previews").glob("*digest*.json")
    text = json.dumps(json.loads(file.read_text()))
    assert "3 accounts: 1 to trade, 1 held, 1 with nothing to do" in text
    assert "held by max_order_value in 1 (3 trades)" in text


def test_a_run_with_accounts_is_replayed_and_a_changed_row_found(ran):
    desk, report = ran
    assert replay(desk.context(), report.run_id).difference is None
    desk.sql("update account_trades set quantity = quantity + 1 where account = 'trio' and symbol = 'AAA'")
    assert str(replay(desk.context(), report.run_id).difference).startswith("account_trades[trio].quantity: ")
    desk.sql("update account_trades set quantity = quantity - 1 where account = 'trio' and symbol = 'AAA'")


def test_the_ledger_notices_a_changed_account(ran):
    desk, _ = ran
    assert chain.verify(desk.context())[2].broken == 0
    desk.sql("update account_drift set actual = 0.3 where account = 'even' and key = 'AAA'")
    assert "accounts have changed since" in str(chain.verify(desk.context())[2].first)
    desk.sql("update account_drift set actual = 0.5 where account = 'even' and key = 'AAA'")


def test_the_ledger_notices_changed_holdings_where_the_entry_has_them(ran):
    desk, report = ran
    bought = "update account_holdings set quantity = {} where account = 'even' and symbol = 'AAA'"
    desk.sql(bought.format(51))
    assert "accounts have changed since" in str(chain.verify(desk.context())[2].first)
    with desk.visit() as db:
        (entry,) = ledger.entries(db, ("run",), report.run_id)
        ((_, now),) = seals.read(db, [entry])
    del entry.payload["accounts"]["account_holdings"]  # as an older version entered it
    assert list(seals.changed(entry, now)) == []
    desk.sql(bought.format(50))
    assert chain.verify(desk.context())[2].broken == 0


def test_an_unknown_account_is_one_sentence(ran):
    desk, report = ran
    with pytest.raises(InputError, match="account 'nobody': the run has no such account"):
        report_of(desk.context(), report.run_id, None, "nobody")


@pytest.mark.long
def test_accounts_at_rest_in_a_folder_trade_nothing(tmp_path):
    desk = Desk(tmp_path)
    file = desk.portfolio()
    (tmp_path / "clients").mkdir()
    for name in ("one", "two"):
        (tmp_path / "clients" / f"{name}.csv").write_text("symbol,quantity\nAAA,50\nBBB,60\nCCC,100\n")
    text = file.read_text().replace("cash = 5000.0\n", "")
    file.write_text(text.replace('holdings = "trio.csv"', 'accounts = "clients/"'))
    report = desk.day(market(), file)
    assert (report.status, report.value, report.trades) == ("no_action", 20_000.0, [])
    assert report.accounts is not None
    assert report.accounts.by_status == {"no_action": 2}
    assert replay(desk.context(), report.run_id).difference is None
