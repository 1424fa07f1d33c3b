import json
import shutil
from datetime import UTC, date, datetime

import pytest

from flows.day import run_day
from quant.errors import InputError
from tasks.record.replay import replay
from tasks.report.assemble import assemble
from tests.tasks.desk import COLUMNS, HOLDINGS, SESSION, TARGETS, Desk, change, crash, market, sessions
from warehouse.tables.found import TABLES
from warehouse.tables.table import names

CRASHED = crash(market(count=70), "CCC", SESSION, by=0.10)


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A day with something in every table, run once; its portfolio and price files are gone."""
    desk = Desk(tmp_path_factory.mktemp("replay"))
    report = desk.day(CRASHED)
    assert report.alerts
    assert report.trades
    for file in [*desk.folder.glob("*.csv"), *desk.folder.glob("*.toml"), *desk.folder.glob("*.parquet")]:
        file.unlink()
    return desk, report.run_id


@pytest.fixture
def copy(ran, tmp_path):
    """The same, to tamper with."""
    desk, run_id = ran
    shutil.copytree(desk.home, tmp_path / "home")
    return Desk(tmp_path), run_id


def test_a_run_is_found_again_without_its_files(copy):
    desk, run_id = copy
    outcome = replay(desk.context(), run_id)
    assert outcome.difference is None
    # thirteen facts of the run, and every cell of what it found
    cells = sum(
        len(names(table)) * desk.sql(f"select count(*) from {table.TABLE} where run_id = ?", run_id)[0][0]
        for table in TABLES
    )
    assert outcome.numbers == 13 + cells


def test_a_run_of_before_is_sized_as_it_was(desk):
    """Of the 166.7 shares that AAA is above its edge it sold 166; 167 bring it there."""
    tables = "[rebalance]\ndestination = 'edge'\nband_absolute = 0.0333\n"
    report = desk.day(market(), desk.portfolio(tables=tables))
    assert [row.quantity for row in report.trades if row.symbol == "AAA"] == [167.0]
    assert replay(desk.context(), report.run_id).difference is None
    desk.sql("update runs set definitions = null, gaps = null")  # as it was before definitions were kept
    difference = replay(desk.context(), report.run_id).difference
    assert difference is not None
    assert (difference.where, difference.recomputed) == ("trades[AAA].quantity", 166.0)


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("update drift set actual = actual + 1e-12 where key = 'BBB'", "drift[BBB].actual"),
        ("update drift set breached = not breached where key = 'AAA'", "drift[AAA].breached"),
        ("update volatility set annualised = null where symbol = 'CCC'", "volatility[CCC].annualised"),
        ("update triggers set value = value + 1e-12 where scope = 'BBB'", "triggers[BBB].value"),
        ("update signals set action = 'Buy' where action <> 'Buy'", "signals["),
        ("update trades set quantity = quantity + 1 where symbol = 'AAA'", "trades[AAA].quantity"),
        ("update trades set expires = expires + interval 1 second", "trades[AAA].expires"),
        ("update checks set value = 0.5 where \"check\" = 'cash'", "checks[portfolio].value"),
        ("update alerts set move = move * 1.0001", "alerts[CCC].move"),
        ("update risk set share = share + 1e-9 where symbol = 'BBB'", "risk[BBB].share"),
        ("update runs set risk_volatility = 0.2", "run[0].risk_volatility"),
        ("update runs set value = value + 0.01", "run[0].value"),
        ("update runs set panel_digest = 'other'", "run[0].panel_digest"),
        ("delete from trades where symbol = 'CCC'", "trades rows"),
        ("delete from alerts", "alerts rows"),
    ],
)
def test_a_number_that_was_changed_is_named(copy, statement, where):
    desk, run_id = copy
    desk.sql(statement)
    difference = replay(desk.context(), run_id).difference
    assert difference is not None
    assert difference.where.startswith(where)
    assert repr(difference.stored) in str(difference)
    assert repr(difference.recomputed) in str(difference)


@pytest.mark.parametrize("reference", [None, "a rule whose number was wrong"])
def test_what_a_run_of_other_code_quoted_is_shown_and_not_compared(copy, reference):
    desk, run_id = copy
    desk.sql("update checks set reference = $1", reference)
    desk.sql("update trades set reason = 'in older words'")
    assert replay(desk.context(), run_id).difference.where == "trades[AAA].reason"
    desk.sql("""update runs set versions = regexp_replace(versions, '"code": "[^"]*"', '"code": "older"')""")
    outcome = replay(desk.context(), run_id)
    assert (outcome.difference, outcome.changed["code"][0]) == (None, "older")
    with desk.visit() as db:
        assert {row.reference for row in assemble(db, run_id, desk.now).checks} == {reference}


def test_a_run_of_an_older_version_has_the_measures_of_then(copy):
    """What it did not look for is neither shown nor missed."""
    desk, run_id = copy
    for table in ("volatility where estimator = 'garch'", "signals where signal = 'regime'", "risk"):
        desk.sql(f"delete from {table}")
    kept = "list_filter(measures, name -> name not in ('garch', 'regime', 'risk'))"
    desk.sql(f"update runs set risk_volatility = null, measures = {kept}")
    assert replay(desk.context(), run_id).difference is None
    with desk.visit() as db:
        assert assemble(db, run_id, desk.now).risk is None


def test_a_run_of_before_there_were_models_has_the_weights_of_its_file(copy):
    desk, run_id = copy
    config = json.loads(desk.rows("run", run_id=run_id)[0]["config"])
    del config["allocation"]
    for target in config["target"]:
        del target["tilt"]
    desk.sql("update runs set config = ? where run_id = ?", json.dumps(config), run_id)
    assert replay(desk.context(), run_id).difference is None
    assert desk.sql("select * from allocation where run_id = ?", run_id) == []
    with desk.visit() as db:
        allocation = assemble(db, run_id, desk.now).allocation
    assert allocation.status == "fixed"
    assert {row.symbol: row.target for row in allocation.weights} == TARGETS


def test_a_bar_that_was_changed_behind_the_versions_shows(copy):
    desk, run_id = copy
    desk.sql("update bars set close = close * 1.001 where symbol = 'AAA' and session = ?", SESSION)
    assert "run[0].value" in str(replay(desk.context(), run_id).difference)


def test_what_became_known_later_does_not_matter(desk):
    restated = change(market(), "AAA", SESSION, close=101.0, high=101.5)
    runs = [desk.day(frame) for frame in (market(), restated)]
    assert runs[1].data.rows_restated > 0
    assert runs[0].value != runs[1].value
    for run in runs:
        assert replay(desk.context(), run.run_id).difference is None


@pytest.mark.long
def test_a_year_of_restatements_later_nothing_differs(desk):
    run_id = desk.day(market()).run_id
    stored = desk.sql("select * from trades where run_id = ? order by ordinal", run_id)
    year_later = sessions(count=312, last=date(2025, 6, 27))[-1]
    for number in range(1, 4):  # each tells other closes and dividends of the days that the run has seen
        told = market(count=312, last=year_later, dividend=0.0)
        told[COLUMNS] = told[COLUMNS].mul(1 + 0.001 * number * (told.index % 7), axis=0)
        told.loc[told["session"] == SESSION, "dividend"] = 0.1 * number
        source = desk.prices(told)
        later = desk.at(datetime(2025, 6, 27, 22, 30 + number, tzinfo=UTC))
        request = later.order(desk.portfolio(HOLDINGS), source, year_later)
        done = run_day(later.context(), request, notifying=False)
        assert done.data.rows_restated + done.data.rows_new > 0
    assert desk.sql("select count(*) from bars where known_to is not null")[0][0] > 100
    outcome = replay(later.context(), run_id)
    assert outcome.difference is None
    assert desk.sql("select * from trades where run_id = ? order by ordinal", run_id) == stored


def test_a_run_without_a_result_is_refused(copy):
    desk, run_id = copy
    desk.sql("update runs set status = 'failed'")
    with pytest.raises(InputError, match=f"run {run_id} is failed: only a finished daily run"):
        replay(desk.context(), run_id)
    desk.sql("update runs set status = 'no_action', flow = 'backfill'")
    with pytest.raises(InputError, match="only brought history"):
        replay(desk.context(), run_id)
