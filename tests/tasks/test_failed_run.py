"""A failed run's trades are held: nothing of it can be decided or filled. Nor of one that works."""

from dataclasses import replace
from datetime import timedelta

import pytest

from quant.errors import InputError, WarehouseError
from tasks.fills import importing
from tasks.report.find_report import find_report
from tasks.run.plan import Asked, plan
from tests.tasks.desk import SESSION, market, run_day
from tests.tasks.importing import decide, entries, take
from tests.tasks.test_supersession import AFTER, NOON, begun, ended, holdings
from warehouse.duckdb_file import backup
from warehouse.duckdb_file.restore import restore


def test_nothing_of_a_failed_run_can_be_decided_or_filled(day):
    failed = ended(begun(day), "the vendor fell over")
    before = entries(failed), holdings(day)
    assert {(row.status, row.held_because, row.state) for row in _trades(failed)} == {
        ("held", "the run failed", None)
    }
    assert importing.summary(failed[0].context(), failed[1]) == ([], [])
    for choice in ("approved", "rejected"):
        with pytest.raises(InputError, match=f"{failed[1]} failed .the vendor fell over.: its trades"):
            decide(failed, choice, "AAA")
    with pytest.raises(InputError, match=f"{failed[1]} failed .the vendor fell over., and its trades"):
        take(failed, f"RUN,AAA,SELL,205,99.8,,{AFTER},x1", superseded=True)
    assert (entries(failed), holdings(day)) == before


def test_a_run_that_works_is_not_filled_and_one_that_died_has_failed(day):
    desk, run_id = begun(day)
    row = f"RUN,AAA,SELL,205,99.8,,{AFTER},x1"
    with pytest.raises(InputError, match=f"run {run_id} is still running. Import the file again when"):
        take((desk, run_id), row)
    desk.sql("update runs set owner = 'x|4194305|0|x' where run_id = ?", run_id)
    with pytest.raises(InputError, match=f"run {run_id} failed .interrupted., and its trades are held"):
        take((desk.at(NOON + timedelta(days=2)), run_id), row)


def test_a_run_during_which_a_backup_is_restored_says_so(desk):
    """It is not in the restored warehouse, and nothing is told of it."""
    asked = Asked(str(desk.portfolio()), SESSION, desk.prices(market()))
    warehouse = desk.context().warehouse
    with warehouse.open():
        pass
    backup.take(warehouse, desk.now, 7, 4)

    def restored(*_):
        if desk.sql("select * from runs"):
            restore(warehouse, desk.now)

    context = replace(desk.context(), progress=restored)
    with pytest.raises(WarehouseError, match=r"a backup was restored while.*run the day again"):
        run_day(context, plan(context, asked))
    assert desk.sql("select count(*) from notices") == [(0,)]


def _trades(day):
    return find_report(day[0].context(), day[1], None).trades
