"""Several portfolios on one delivery: what is asked, what each knows, and whose fault is whose."""

import json
import shutil
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest
from typer.testing import CliRunner
from yfinance.data import SingletonMeta

from flows import every
from flows.commands.cli import app
from quant.people import Actor
from tasks.data.quarantine import decide, listing
from tasks.record.replay import replay
from tasks.run.plan import Asked
from tests.standins.tiingo import TOKEN, Tiingo
from tests.standins.yahoo import Yahoo
from tests.tasks.desk import CLOSES, SESSION, TRADES, change, held, market, proposed, sessions
from warehouse.record import verify

MORE = CLOSES | {"DDD": 40.0}
HOLDINGS = {"AAA": 700.0, "BBB": 400.0, "CCC": 250.0, "DDD": 100.0}
WEIGHTS = {3: (0.5, 0.3, 0.2), 4: (0.5, 0.2, 0.2, 0.1), 2: (0.6, 0.4), 1: (1.0,)}
TODAY = "0a1b2c3d"
FALLBACK = '[data]\nfallback = ["tiingo"]\n'


def own(desk, name, symbols=tuple(CLOSES), **tables):
    """A portfolio in HOME that holds what the desk does of the symbols."""
    holdings = {symbol: HOLDINGS[symbol] for symbol in symbols}
    targets = dict(zip(symbols, WEIGHTS[len(symbols)], strict=True))
    file = desk.portfolio(holdings, targets, name=name, **tables)
    folder = desk.home / "portfolios"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(file.with_suffix(".csv"), folder)
    shutil.copy(file, folder)


def serve(vendor, frame):
    for symbol in frame["symbol"].unique():
        rows = frame[frame["symbol"] == symbol].drop(columns="symbol")
        vendor.serve(symbol, pa.Table.from_pandas(rows, preserve_index=False))


@pytest.fixture
def yahoo():
    SingletonMeta._instances.clear()
    with Yahoo() as server:
        serve(server, market(MORE | {"SPY": 500.0}))
        yield server


@pytest.fixture
def where(desk, yahoo):
    return desk.context(source="yfinance", yahoo_url=yahoo.address)


def charts(vendor):
    return {symbol: count for symbol in MORE if (count := vendor.charts_asked(symbol))}


def day(context, *names, token=None, source=None, notifying=False):
    """What became of each portfolio's day, by name; prices fetched once."""
    asked = {name: Asked(name, SESSION, source) for name in names}
    found = every.prepare(context, [*asked.values()], token)
    given = {"notifying": notifying, "typed": False, "offered": found.offered, "token": token}
    return {name: every.day_of(context, asked[name], **given) for name in (*found.first, *found.last)}


def exact(context, found):
    return all(replay(context, one.report.run_id).difference is None for one in found.values())


def test_each_symbol_is_asked_once_and_each_portfolio_decides_as_if_alone(desk, where, yahoo):
    own(desk, "one")
    own(desk, "three", tuple(MORE))
    own(desk, "two", ("AAA", "DDD"))
    found = day(where, "one", "three", "two")
    assert charts(yahoo) == dict.fromkeys(MORE, 1)
    assert proposed(found["one"].report) == TRADES
    assert desk.sql("select count(*), sum(rows_new) from batches") == [(1, 240)]
    [(ingest, portfolio, status, known_at)] = desk.sql(
        "select run_id, portfolio, status, known_at from runs where flow = 'ingest'"
    )
    assert (portfolio, status) == ("", "no_action")
    knew = desk.sql("select distinct ingest, known_at from runs where flow = 'daily'")
    assert knew == [(ingest, known_at)]
    assert exact(where, found)
    new = {name: one.report.data.rows_new for name, one in found.items()}
    assert new == {"one": 180, "three": 240, "two": 120}
    assert [one.first for one in verify.judge(where.warehouse.read, desk.now) if one.broken] == []
    # Alone it fetches for itself and decides the same.
    alone = every.day_of(where, Asked("one", SESSION), notifying=False, typed=False)
    assert proposed(alone.report) == TRADES
    assert charts(yahoo) == {"AAA": 2, "BBB": 2, "CCC": 2, "DDD": 1}


def test_a_delivery_that_is_held_for_one_portfolio_holds_no_other(desk, where):
    """Most symbols lack bars, so that the whole delivery is refused: the vendor may have sent half of it."""
    own(desk, "one")
    own(desk, "unlisted", ("DDD",))
    source = desk.prices(market({"AAA": 100.0, "BBB": 50.0, "CCC": 20.0}))
    rows = [f"XX{number},1" for number in range(6)]
    file = desk.home / "portfolios" / "unlisted.csv"
    file.write_text(file.read_text() + "\n".join(rows) + "\n")
    for token in ("retried", "retried"):
        found = {
            name: one.report
            for name, one in day(where, "one", "unlisted", source=source, token=token).items()
        }
        assert (found["one"].status, found["one"].data.held) == ("recommended", None)
        assert proposed(found["one"]) == TRADES
        assert found["unlisted"].status == "held"
    [(status, error)] = desk.sql("select status, error from runs where flow = 'ingest'")
    assert status == "failed"
    assert "asked symbols have no bars" in error


def test_a_fault_of_a_symbol_is_told_to_those_who_hold_it_alone(desk, where, yahoo):
    yahoo.fail("DDD", "delisted")
    serve(yahoo, change(market(), "CCC", SESSION, close=-1.0, low=-1.0))
    own(desk, "one", ("AAA", "BBB"))
    own(desk, "three")
    own(desk, "two", ("AAA", "DDD"))
    found = {name: one.report for name, one in day(where, "one", "three", "two").items()}
    assert found["one"].status == "recommended"
    assert (found["one"].data.errors, found["one"].data.quarantined) == ([], [])
    assert [row.symbol for row in found["two"].data.errors] == ["DDD"]
    assert (found["two"].data.quarantined, found["two"].data.stale) == ([], ["DDD"])
    assert {row.symbol for row in found["three"].data.quarantined} == {"CCC"}
    assert set(held(found["three"])) == set(CLOSES)
    for report in found.values():
        assert replay(where, report.run_id).difference is None


@pytest.mark.long
def test_an_accepted_row_is_used_by_the_next_day_and_not_by_a_replay(desk, where, yahoo):
    serve(yahoo, change(market(), "CCC", SESSION, high=19.99))
    own(desk, "one")
    own(desk, "two", ("AAA", "CCC"))
    first = day(where, "one", "two")
    assert {one.report.status for one in first.values()} == {"held"}
    waiting = [row.id for row in listing(where, "CCC", every=False)]
    decide(where, waiting, "accepted", "it is so", Actor.typed("ada"))
    assert exact(where, first)
    later = replace(where, now=desk.at(desk.now.replace(hour=23)).context().now)
    second = day(later, "one", "two")
    assert {one.report.status for one in second.values()} == {"recommended"}
    assert [row.symbol for row in second["one"].report.data.accepted] == ["CCC"]
    assert exact(where, first | {f"{name}, again": one for name, one in second.items()})


def test_what_is_wrong_with_one_portfolio_is_its_own(desk, where, yahoo):
    own(desk, "good")
    own(desk, "infeasible", tables='[rebalance]\nconstruction = "optimised"\n[risk]\nmax_turnover = 0.0001\n')
    own(desk, "unheld")
    (desk.home / "portfolios" / "unheld.csv").unlink()
    own(desk, "torn")
    (desk.home / "portfolios" / "torn.toml").write_text('name = "torn"\n[[target]\n')
    own(desk, "stopped")
    (desk.home / "KILL.stopped").write_text("the custodian is changed")
    found = day(where, "good", "infeasible", "stopped", "torn", "unheld", notifying=True)
    assert proposed(found["good"].report) == TRADES
    assert (found["infeasible"].error, found["stopped"].error) == (None, None)
    assert all("the custodian is changed" in why for why in held(found["stopped"].report).values())
    for name, word in (("torn", "torn.toml"), ("unheld", "unheld.csv")):
        assert word in str(found[name].error)
        assert (found[name].report.status, found[name].report.portfolio) == ("failed", name)
        assert [notice.state for notice in found[name].report.notices] == ["preview"]
    assert charts(yahoo) == dict.fromkeys(CLOSES, 1)


@pytest.mark.long
def test_what_another_unit_is_declared_for_is_asked_apart_and_spoils_nothing(desk, where, yahoo):
    own(desk, "dollars")
    own(desk, "pence", tables='[[instrument]]\nsymbol = "CCC"\ncurrency = "GBp"\n')
    own(desk, "plain", ("AAA", "BBB"))
    found = {name: one.report for name, one in day(where, "dollars", "pence", "plain").items()}
    assert proposed(found["dollars"]) == TRADES
    assert found["plain"].data.errors == []
    assert {(row.symbol, row.kind) for row in found["pence"].data.errors} >= {("CCC", "not_understood")}
    assert found["pence"].status == "held"
    assert charts(yahoo) == {"AAA": 2, "BBB": 2, "CCC": 2}  # in two deliveries
    assert desk.sql("select count(*) from runs where flow = 'ingest'") == [(2,)]
    for report in found.values():
        assert replay(where, report.run_id).difference is None


def test_what_lacks_is_asked_once_of_the_next_source(desk, yahoo):
    with Tiingo() as tiingo:
        wrong = market(MORE | {"SPY": 500.0})
        serve(tiingo, change(wrong, "BBB", sessions()[5], high=1.0))
        where = desk.context(
            source="yfinance", yahoo_url=yahoo.address, tiingo_url=tiingo.address, tiingo_token=TOKEN
        )
        yahoo.fail("BBB", "empty")
        for name in ("backed", "also"):
            own(desk, name, tables=FALLBACK)
        own(desk, "ingest")  # by its name its run could pass for the one that has fetched
        found = day(where, "also", "backed", "ingest", token=TODAY)
        assert charts(tiingo) == {"BBB": 1}
        assert charts(yahoo)["AAA"] == 1
    assert found["also"].report.data.served_by == found["backed"].report.data.served_by == {"BBB": "tiingo"}
    assert proposed(found["backed"].report) == TRADES
    alone = found["ingest"].report.data
    assert (alone.stale, alone.quarantined, len(alone.errors)) == (["BBB"], [], 1)
    assert {row.symbol for row in found["backed"].report.data.quarantined} == {"BBB"}
    assert exact(where, found)


class Killed(BaseException):
    """What ends a process in the middle, as far as one process can show it."""


def test_a_day_begun_again_goes_on_with_what_was_fetched(desk, where, yahoo):
    own(desk, "one")
    own(desk, "two", ("AAA", "DDD"))
    asked = [Asked(name, SESSION) for name in ("one", "two")]

    def killed(what, done, of):
        if done == of:
            raise Killed

    with pytest.raises(Killed):  # everything is fetched, nothing stored
        every.prepare(replace(where, progress=killed), asked, "a-token")
    assert desk.sql("select count(*) from batches") == [(0,)]
    [ingest] = every.prepare(where, asked, "a-token").offered
    assert charts(yahoo) == {"AAA": 2, "BBB": 2, "CCC": 2, "DDD": 2}
    first = {
        "one": every.day_of(where, asked[0], notifying=False, typed=False, offered=[ingest], token="a-token")
    }
    # Killed here, before the other one.
    second = day(where, "one", "two", token="a-token")
    assert charts(yahoo) == {"AAA": 2, "BBB": 2, "CCC": 2, "DDD": 2}
    assert first["one"].report.run_id == second["one"].report.run_id
    own(desk, "mended", ("BBB", "CCC"))  # its file was torn before: fetched for it alone
    assert len(every.prepare(where, [*asked, Asked("mended", SESSION)], "a-token").offered) == 2
    assert charts(yahoo) == {"AAA": 3, "BBB": 3, "CCC": 3, "DDD": 2}
    assert exact(where, second)
    third = day(where, "one", "two")  # a new day, by hand: fetches anew
    assert charts(yahoo)["DDD"] == 3
    assert desk.sql("select distinct ingest from runs where run_id = ?", second["two"].report.run_id) == [
        (ingest,)
    ]
    assert third["two"].report.data.rows_new == 0


def test_a_delivery_that_cannot_be_is_left_to_each_portfolio(desk):
    """Files of two portfolios that are each right, and not alike."""
    where, folder = desk.context(), desk.folder / "prices"
    folder.mkdir(parents=True)
    frame = market(MORE)
    for symbol, more in (("AAA", {}), ("BBB", {}), ("CCC", {}), ("DDD", {"dividend": 0.0})):
        rows: pd.DataFrame = frame[frame["symbol"] == symbol].drop(columns="symbol").assign(**more)
        rows.to_csv(folder / f"{symbol}.csv", index=False)
    own(desk, "one")
    own(desk, "two", ("DDD",))
    file = desk.home / "portfolios" / "two.toml"
    file.write_text(file.read_text().replace('benchmark = "AAA"', 'benchmark = "DDD"'))
    found = day(where, "one", "two", source=f"files:{folder}")
    [(status, error)] = desk.sql("select status, error from runs where flow = 'ingest'")
    assert (status, "alike" in error) == ("failed", True)
    assert proposed(found["one"].report) == TRADES
    assert found["two"].report.status in {"recommended", "no_action", "partial"}
    assert desk.sql("select distinct ingest from runs where flow = 'daily'") == [(None,)]
    assert exact(where, found)


def test_who_counts_what_the_others_trade_decides_after_them(desk):
    own(desk, "b")
    own(desk, "a", tables="[risk]\nmax_notional_total = 1e9\n")
    found = day(desk.context(), "a", "b", source=desk.prices(market()))
    assert [*found] == ["b", "a"]
    total = sum(trade.notional for one in found.values() for trade in one.report.trades)
    [check] = [row for row in found["a"].report.checks if row.check == "max_notional_total"]
    assert check.value == pytest.approx(total)


def test_the_command_prints_a_report_for_each_in_the_order_of_names(desk, monkeypatch):
    own(desk, "b")
    own(desk, "a", tables="[risk]\nmax_notional_total = 1e9\n")
    own(desk, "c", ("AAA", "BBB"))
    monkeypatch.setenv("BALLAST_SLACK_TOKEN", "")
    asked = ["daily", "--portfolio", "all", "--session", str(SESSION), "--source", desk.prices(market(MORE))]
    done = CliRunner().invoke(app, [*asked, "--home", str(desk.home), "--json"])
    answer = json.loads(done.stdout)
    assert (done.exit_code, answer["errors"]) == (0, [])
    assert [run["portfolio"] for run in answer["runs"]] == ["a", "b", "c"]
    assert (desk.home / "published" / "warehouse.duckdb").exists()
