"""A day whose prices are wrong by exactly 100: quarantined, or repaired and told, as the portfolio says."""

import io
from datetime import timedelta

import pytest
from rich.console import Console

from flows.terminal import digest
from tasks.record.replay import replay
from tests.tasks.desk import (
    COLUMNS,
    EVENING,
    SESSION,
    TRADES,
    Desk,
    change,
    market,
    proposed,
    rules,
    sessions,
)

WRONG = sessions()[-10]
REPAIR = '[data]\nrepair = "certain"\n'


def spoilt():
    """BBB's bar of WRONG in another unit."""
    frame = market()
    here = (frame["symbol"] == "BBB") & (frame["session"] == WRONG)
    frame.loc[here, COLUMNS] *= 100
    return frame


def test_it_is_quarantined_and_the_repair_is_proposed(desk):
    report = desk.day(spoilt())
    assert rules(report) == [("BBB", str(WRONG), "unit_100x")]
    [row] = report.data.quarantined
    good = market().query("symbol == 'BBB' and session == @WRONG").iloc[0]
    assert row.proposed == pytest.approx({name: good[name] for name in COLUMNS})
    assert report.data.repaired == []


def test_with_repair_the_day_is_as_on_right_prices(desk, tmp_path_factory):
    right = Desk(tmp_path_factory.mktemp("right")).day(market())
    report = desk.day(spoilt(), desk.portfolio(tables=REPAIR))
    assert rules(report) == []
    assert proposed(report) == proposed(right) == TRADES
    assert [row.annualised for row in report.volatility] == pytest.approx(
        [row.annualised for row in right.volatility]
    )
    told = {row.field: row for row in report.data.repaired}
    assert {(row.symbol, row.session, row.kind) for row in told.values()} == {
        ("BBB", str(WRONG), "unit_100x")
    }
    assert set(told) == set(COLUMNS)
    assert all(row.original == pytest.approx(row.repaired * 100) for row in told.values())


@pytest.mark.long
def test_the_original_is_kept_and_a_day_later_the_run_replays(desk):
    report = desk.day(spoilt(), desk.portfolio(tables=REPAIR))
    kept = desk.sql("select field, original, repaired from repairs where symbol = 'BBB' order by field")
    assert [field for field, _, _ in kept] == sorted(COLUMNS)
    assert all(original == pytest.approx(100 * right) for _, original, right in kept)
    later = desk.at(EVENING + timedelta(days=1))
    assert replay(later.context(), report.run_id).difference is None


def test_a_person_reads_what_was_repaired(desk):
    report = desk.day(spoilt(), desk.portfolio(tables=REPAIR))
    console = Console(record=True, width=200, file=io.StringIO())
    console.print(digest.render(report, desk.home, full=True))
    [line] = [line for line in console.export_text().splitlines() if "close 5" in line]
    assert f"BBB {WRONG}" in line.replace(" on ", " ").replace(":", "")


def test_the_newest_row_is_never_repaired(desk):
    frame = market()
    here = (frame["symbol"] == "BBB") & (frame["session"] == SESSION)
    frame.loc[here, COLUMNS] *= 100
    report = desk.day(frame, desk.portfolio(tables=REPAIR))
    assert rules(report) == [("BBB", str(SESSION), "unit_100x")]
    assert report.data.repaired == []
    assert report.status == "held"


def test_a_repaired_row_that_another_rule_rejects_is_kept_as_the_vendor_told_it(desk):
    report = desk.day(change(spoilt(), "BBB", WRONG, volume=-1.0), desk.portfolio(tables=REPAIR))
    [row] = report.data.quarantined
    assert (row.symbol, row.rule) == ("BBB", "volume_not_negative")
    good = market().query("symbol == 'BBB' and session == @WRONG").iloc[0]
    [told] = desk.sql("select open, high, low, close, volume from quarantine")
    assert told == pytest.approx([*(100 * good[name] for name in COLUMNS), -1.0])
    assert row.proposed == pytest.approx({name: good[name] for name in COLUMNS})
    assert desk.sql("select count(*) from repairs") == [(0,)]
