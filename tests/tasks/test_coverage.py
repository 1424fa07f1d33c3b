"""What is stored of each symbol: gaps by the calendar, versions, rows to decide on, the picture's cells."""

from datetime import date, timedelta

import pytest

from quant.errors import InputError
from tasks.ingest.coverage import Cell, Gap, cells, status
from tests.warehouse.deliveries import NOW, action, bar, deliver

# The week of 4 July 2024, which was a Thursday and a holiday.
DAYS = [date(2024, 7, day) for day in (1, 2, 3, 5, 8)]


def held(symbol, days, close=100.0):
    return [bar(close, symbol, day) for day in days]


@pytest.fixture
def context(desk):
    desk.home.mkdir(parents=True)
    return desk.at(NOW.replace(year=2024, month=7, day=9)).context()


def only(found):
    [section] = found.sections
    return section


def test_gaps_are_counted_by_the_calendar(context):
    rows = [*held("AAA", DAYS), *held("BBB", [DAYS[1], DAYS[4]]), *held("CCC", DAYS[:2])]
    deliver(context.warehouse, rows)
    section = only(status(context, None, None, "XNYS"))
    assert section.sessions == tuple(DAYS), "a holiday is no gap"
    found = {row.symbol: (row.sessions, row.missing, row.gaps) for row in section.symbols}
    assert found == {
        "AAA": (5, 0, ()),
        "BBB": (2, 2, (Gap(DAYS[2], DAYS[3], 2),)),  # nothing is missing before its first session
        "CCC": (2, 3, (Gap(DAYS[2], DAYS[4], 3),)),  # up to the newest session that its source has
    }


def test_versions_and_rows_to_decide_on_are_counted(context):
    deliver(context.warehouse, held("AAA", DAYS))
    deliver(context.warehouse, held("AAA", DAYS[:2], 101.0), batch_id="two", now=NOW + timedelta(days=1))
    bad = [*held("AAA", [DAYS[2]], 900.0), *held("AAA", [DAYS[3]], 950.0)]
    broken = [(0, "move_bound", 8.0), (0, "high_is_highest", 1.0), (1, "move_bound", 8.5)]
    rejected = [*(("bars", *rest) for rest in broken), ("actions", 0, "payout", 90.0)]
    deliver(context.warehouse, bad, batch_id="three", now=NOW + timedelta(days=2), rejected=rejected,
            actions=[action(90.0, symbol="AAA", ex_date=DAYS[3])])  # fmt: skip
    [row] = only(status(context, None, None, "XNYS")).symbols
    assert (row.first, row.last, row.sessions, row.versions) == (DAYS[0], DAYS[4], 5, 7)
    assert (row.quarantined, row.quarantined_on) == (3, (DAYS[2], DAYS[3]))


def test_a_portfolio_names_its_symbols_and_what_is_absent(desk, context):
    deliver(context.warehouse, [*held("AAA", DAYS), *held("ZZZ", DAYS)])
    found = status(context, str(desk.portfolio()), None, "XNYS")
    assert [row.symbol for row in only(found).symbols] == ["AAA"]
    assert found.absent == ("BBB", "CCC")


def test_sources_are_told_apart(context):
    deliver(context.warehouse, held("AAA", DAYS))
    deliver(context.warehouse, held("AAA", DAYS[:1]), source="yfinance", batch_id="two")
    assert [section.source for section in status(context, None, None, "XNYS").sections] == [
        "files:prices.parquet", "yfinance",
    ]  # fmt: skip
    assert only(status(context, None, "yfinance", "XNYS")).sessions == (DAYS[0],)
    with pytest.raises(
        InputError,
        match=r"nothing of that is stored: the warehouse has daily bars of files:prices.parquet, yf",
    ):
        status(context, None, "bundled", "XNYS")


def test_another_calendar_counts_its_own_sessions(context):
    deliver(context.warehouse, held("AAA", DAYS))
    [row] = only(status(context, None, None, "XLON")).symbols
    assert row.gaps == (Gap(date(2024, 7, 4), date(2024, 7, 4), 1),)


def test_cells_show_shares_and_marks(context):
    deliver(context.warehouse, [*held("AAA", DAYS), *held("BBB", [DAYS[1], DAYS[2], DAYS[4]])])
    deliver(
        context.warehouse,
        held("BBB", [DAYS[4]], 900.0),
        batch_id="two",
        rejected=[("bars", 0, "move_bound", 8.0)],
    )
    section = only(status(context, None, None, "XNYS"))
    whole, holed = section.symbols
    assert cells(section, whole, 60) == [Cell(1.0, False)] * 5, "no more cells than sessions"
    assert cells(section, holed, 5) == [
        Cell(None, False), Cell(1.0, False), Cell(1.0, False), Cell(0.0, False), Cell(1.0, True),
    ]  # fmt: skip
    assert cells(section, holed, 2) == [Cell(1.0, False), Cell(2 / 3, True)]
