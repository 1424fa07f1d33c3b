"""A session that is missing for one symbol: noticed, held, and filled when it comes."""

from datetime import timedelta

import pytest

from flows.day import run_day
from tasks.data.load import Missing, examine, load
from tests.tasks.desk import CLOSES, EVENING, SESSION, TRADES, held, proposed, sessions
from tests.tasks.frames import write_delivery


@pytest.mark.long
def test_a_gap_is_noticed_held_and_filled(desk):
    """The archive that is loaded is the source of the daily run, which reads its newest delivery."""
    archive, days = desk.folder / "archive", sessions()
    full = {symbol: dict.fromkeys(days, close) for symbol, close in CLOSES.items()}
    gap = full | {"AAA": dict.fromkeys(days[:-1], CLOSES["AAA"])}
    source, portfolio = f"files:{archive}", desk.portfolio()

    context = desk.context()
    early = write_delivery(archive, f"{EVENING - timedelta(hours=1):%Y%m%dT%H%M%SZ}", gap)
    loaded = load(context, examine(context, early, None, None, "XNYS"))
    assert loaded.source == source
    assert loaded.missing == (Missing("AAA", str(SESSION)),)

    report = run_day(context, desk.order(portfolio, source), notifying=False)
    assert report.data.stale == ["AAA"]
    assert set(held(report)) == {"AAA", "BBB", "CCC"}

    later = desk.at(EVENING + timedelta(hours=2)).context()
    write_delivery(archive, f"{EVENING + timedelta(hours=1):%Y%m%dT%H%M%SZ}", full)
    report = run_day(later, desk.order(portfolio, source), notifying=False)
    assert (report.data.rows_new, report.data.stale) == (1, [])
    assert proposed(report) == TRADES
