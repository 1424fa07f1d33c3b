"""Fills of accounts: each matched with its own order and booked into its own rows; cancelled there, too."""

import csv
import io
import shutil
import zipfile

import pytest

from config import portfolio_file as portfolios
from quant.errors import InputError
from quant.people import Actor
from tasks.fills import importing
from tasks.fills.cancellation import cancel
from tasks.record import audit, ledger
from tasks.report.assemble import assemble
from tasks.report.files.orders_file import orders_file
from tasks.report.find_report import find_report
from tasks.run.account import report_of
from tests.tasks.desk import Desk, market
from tests.tasks.importing import anew, entries, take, text
from tests.tasks.test_supersession import ALL, begun, ended
from warehouse import accounts

HEAD = "run,account,symbol,side,quantity,price,commission,filled_at,id"
TRIO = "AAA,700,trio\nBBB,400,trio\nCCC,250,trio\nCASH,5000,trio\n"
"""The desk's own holdings. Half of them without cash are worth 47,500: SELL 350 - 0.99 x 237.5 = 114 AAA."""
HALF = "AAA,350,half\nBBB,200,half\nCCC,125,half\n"


@pytest.fixture(scope="module", params=["column", "folder"])
def ran(request, tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp(request.param) / "desk")
    file = desk.portfolio()
    said = file.read_text().replace("cash = 5000.0\n", "")
    if request.param == "folder":
        said = said.replace('holdings = "trio.csv"', 'accounts = "clients"')
    file.write_text(said)
    write(desk, request.param)
    run_id = desk.day(market(), file).run_id
    return desk, run_id, shutil.copytree(desk.folder, desk.folder.with_name("kept"))


def write(desk, layout):
    if layout == "column":
        (desk.folder / "trio.csv").write_text("symbol,quantity,account\n" + TRIO + HALF)
        return
    (desk.folder / "clients").mkdir()
    for name, rows in (("trio", TRIO), ("half", HALF)):
        (desk.folder / "clients" / f"{name}.csv").write_text(
            "symbol,quantity\n" + rows.replace(f",{name}", "")
        )


@pytest.fixture
def day(ran):
    """The day as it ended: no fill is known."""
    return anew(ran)


def held(day, account):
    """What an account holds by its file."""
    folder = day[0].folder / "clients"
    name = f"clients/{account}.csv" if folder.is_dir() else "trio.csv"
    rows = csv.DictReader(io.StringIO(text(day, name)))
    return {row["symbol"]: row["quantity"] for row in rows if row.get("account", account) == account}


def test_the_holdings_of_all_accounts_are_read_once_for_all_fills(day, monkeypatch):
    """They may have hundreds of thousands of rows, and the warehouse is locked meanwhile."""
    seen, read = [], portfolios.read
    monkeypatch.setattr(portfolios, "read", lambda file: seen.append(file) or read(file))
    take(day, "RUN,trio,AAA,SELL,2,99.8,,,x", "RUN,half,AAA,SELL,1,99.8,,,x", head=HEAD)
    assert seen == [day[0].folder / "trio.toml"]


def test_the_file_of_orders_has_each_account_s_own_and_is_imported_when_filled_in(day):
    desk, run_id = day
    with desk.visit() as db:
        written = orders_file(assemble(db, run_id, desk.now), accounts.proposed(db, run_id, None))
    rows = list(csv.DictReader(io.StringIO(written)))
    assert {row["account"] for row in rows} == {"trio", "half"}
    assert [row["quantity"] for row in rows if (row["account"], row["symbol"]) == ("half", "AAA")] == ["114"]
    file = desk.folder / "filled.csv"
    with file.open("w", newline="") as out:
        filled = csv.DictWriter(out, rows[0])
        filled.writeheader()
        filled.writerows(row | {"price": row["limit_price"], "id": f"x{at}"} for at, row in enumerate(rows))
    importing.take(desk.context(), file, Actor.typed("Bob"))
    assert held(day, "half")["AAA"] == "236"


def test_each_account_has_its_own_orders_holdings_and_cash(day):
    desk, run_id = day
    done = take(
        day,
        "RUN,trio,AAA,SELL,205,99.8,1,,x",
        "RUN,half,AAA,SELL,90,99.7,0,,x",
        "RUN,half,BBB,BUY,66,50,0,,y",
        head=HEAD,
    )
    # 5,000 + 205 x 99.80 - 1; 90 x 99.70 - 66 x 50
    assert held(day, "trio") == {"AAA": "495", "BBB": "400", "CCC": "250", "CASH": "25458"}
    assert held(day, "half") == {"AAA": "260", "BBB": "266", "CCC": "125", "CASH": "5673"}
    assert importing.summary(desk.context(), run_id)[1] == list(done.fills)
    assert [one.account for one in done.fills] == ["trio", "half", "half"]
    whole = {row.symbol: row.filled for row in find_report(desk.context(), run_id, None).trades}
    assert whole == {"AAA": 295, "BBB": 66, "CCC": 0}
    own = {
        row.symbol: (row.state, row.filled) for row in report_of(desk.context(), run_id, None, "half").trades
    }
    assert own == {"AAA": ("executed", 90), "BBB": ("executed", 66), "CCC": ("proposed", 0)}
    assert ledger.verify(desk.context())[2].broken == 0


def test_an_account_s_fill_is_cancelled_in_that_account(day, tmp_path):
    desk, run_id = day
    before = held(day, "half")
    rows = ["RUN,trio,AAA,SELL,20,99.8,1,,x", "RUN,half,AAA,SELL,20,99.8,0,,x"]
    take(day, *rows, head=HEAD)
    with pytest.raises(InputError, match=r"2 have that id, run .* account trio, run .* account half. Add"):
        cancel(desk.context(), "x", Actor.typed("Eve"), "busted")
    cancel(desk.context(), "x", Actor.typed("Eve"), "busted", account="half")
    assert held(day, "half") == before | {"CASH": "0"}
    assert held(day, "trio")["AAA"] == "680"
    assert take(day, *rows, head=HEAD).known == 2
    audit.export(desk.context(), 2024, tmp_path / "year.zip")
    with zipfile.ZipFile(tmp_path / "year.zip") as archive:
        listed = list(csv.DictReader(io.StringIO(archive.read("fills.csv").decode())))
        states = list(csv.DictReader(io.StringIO(archive.read("recommendations.csv").decode())))
        orders = archive.read(f"runs/{run_id}/account_trades.csv").decode()
        lots = archive.read(f"runs/{run_id}/account_holdings.csv").decode()
    assert [(row["account"], bool(row["cancelled"])) for row in listed] == [("trio", False), ("half", True)]
    filled = {row["account"]: row["filled"] for row in states if row["symbol"] == "AAA"}
    assert filled == {"": "20.0", "trio": "20.0", "half": "0"}
    sold = [row for row in csv.DictReader(io.StringIO(orders)) if row["symbol"] == "AAA"]
    assert {row["account"]: float(row["quantity"]) for row in sold} == {"trio": 205.0, "half": 114.0}
    counted = {(row["account"], row["symbol"]): row["quantity"] for row in csv.DictReader(io.StringIO(lots))}
    assert float(counted["half", "AAA"]) == 350.0


@pytest.mark.parametrize("ran", ["column"], indirect=True)
def test_an_account_s_orders_fall_with_its_run_whatever_others_have_done(day):
    take(day, "RUN,trio,AAA,SELL,205,99.8,1,,x", head=HEAD)
    newer = ended(begun(day))
    old = newer[0], day[1]
    assert entries(old)[-1].payload["open"] == ALL
    states = {row.symbol: row.state for row in report_of(old[0].context(), day[1], None, "half").trades}
    assert states == dict.fromkeys(ALL, "superseded")
    with pytest.raises(InputError, match=f"was superseded by run {newer[1]}"):
        take(old, "RUN,half,AAA,SELL,5,99.8,,,y", head=HEAD)


@pytest.mark.parametrize("ran", ["column"], indirect=True)
def test_an_account_s_orders_of_a_failed_run_are_held(day):
    desk, run_id = day
    desk.sql("update runs set status = 'failed', error = 'it fell over' where run_id = ?", run_id)
    report = report_of(desk.context(), run_id, None, "half")
    assert report.status == "failed"
    assert {(row.status, row.held_because, row.state) for row in report.trades} == {
        ("held", "the run failed", None)
    }


@pytest.mark.parametrize("ran", ["column"], indirect=True)
def test_a_row_that_its_account_does_not_allow_is_refused(day):
    before = held(day, "half"), entries(day)
    for row, sentence in [
        ("RUN,,AAA,SELL,1,99.8,0,,", "of a portfolio with accounts, and the fill names none. Add the column"),
        (
            "RUN,nobody,AAA,SELL,1,99.8,0,,",
            "not recommend AAA for account 'nobody'; it recommends n",
        ),
        ("RUN,half,AAA,SELL,105,99.8,0,,", "115 AAA would be filled, and run .* recommends 114"),
        ("RUN,half,AAA,BUY,1,99.8,0,,", "side BUY of AAA, and run .* recommends SELL"),
        ("RUN,half,AAA,SELL,1,9.8,0,,", "price 9.8 of AAA, and its limit 99.5"),
        ("RUN,half,CCC,BUY,100,20,0,,", "account 'half' has 0 in CASH, and 1002 are to be paid"),
    ]:
        with pytest.raises(InputError, match=sentence):
            take(day, "RUN,half,AAA,SELL,10,99.8,0,,", row, head=HEAD)
    assert (held(day, "half"), entries(day)) == before


def test_an_account_is_refused_where_there_are_none(traded):
    with pytest.raises(InputError, match=r"account 'a', and run .* is of a portfolio without accounts"):
        take(anew(traded), "RUN,a,AAA,SELL,1,99.8,0,,", head=HEAD)
