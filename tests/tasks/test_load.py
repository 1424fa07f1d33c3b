"""Archived deliveries: versions in the order in which they were told, gaps noticed, nothing told twice."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from quant.errors import InputError
from tasks.data.load import Missing, examine, load
from tests.tasks.frames import write_delivery, write_frame

DAYS = [date(2025, 9, day) for day in (2, 3, 4, 5)]
FIRST, SECOND, THIRD = (datetime(2025, 9, day, 22, tzinfo=UTC) for day in (3, 4, 5))
NOW = datetime(2025, 9, 8, 22, tzinfo=UTC)
CLOSES = {"AAA": 100.0, "BBB": 50.0, "CCC": 20.0}


def compact(instant):
    return f"{instant:%Y%m%dT%H%M%SZ}"


def deliver(desk, instant, days, **changed):
    """A delivery of the three symbols at their constant closes; `changed` by symbol: {session: close}."""
    bars = {symbol: dict.fromkeys(days, close) | changed.get(symbol, {}) for symbol, close in CLOSES.items()}
    kept = {symbol: {day: close for day, close in closes.items() if close} for symbol, closes in bars.items()}
    return write_delivery(desk.folder / "archive", compact(instant), kept)


def run(desk, path, known_at=None, source=None, **options):
    context = desk.at(NOW).context()
    return load(context, examine(context, path, known_at, source, "XNYS"), **options)


def closes(desk, instant, symbol):
    return dict(
        desk.sql(
            "select session, close from prices_asof($1::timestamp) where symbol = $2 order by 1",
            instant.replace(tzinfo=None),
            symbol,
        )
    )


def test_what_was_told_is_known_from_that_instant(desk):
    found = run(desk, deliver(desk, FIRST, DAYS[:2]))
    assert (found.rows_new, found.rows_restated, found.rows_quarantined) == (6, 0, 0)
    assert (found.source, found.known_at) == (f"files:{desk.folder / 'archive'}", FIRST)
    assert closes(desk, FIRST, "AAA") == dict.fromkeys(DAYS[:2], 100.0)
    assert closes(desk, FIRST - timedelta(microseconds=1), "AAA") == {}


def test_a_restated_close_is_a_version(desk):
    run(desk, deliver(desk, FIRST, DAYS[:2]))
    found = run(desk, deliver(desk, SECOND, DAYS[:3], AAA={DAYS[1]: 101.0}))
    assert (found.rows_new, found.rows_restated) == (3, 1)
    assert found.restated == {"open": 1, "high": 1, "low": 1, "close": 1, "volume": 0}
    assert closes(desk, FIRST, "AAA")[DAYS[1]] == 100.0
    assert closes(desk, SECOND, "AAA")[DAYS[1]] == 101.0


def test_a_weekend_brings_nothing(desk):
    run(desk, deliver(desk, THIRD, DAYS))
    found = run(desk, deliver(desk, THIRD + timedelta(days=1), DAYS))
    assert (found.rows_new, found.rows_restated, found.missing) == (0, 0, ())


def test_a_gap_is_told_and_filled(desk):
    gap = run(desk, deliver(desk, SECOND, DAYS[:3], AAA={DAYS[1]: None}, BBB={DAYS[2]: None}))
    assert gap.missing == (
        Missing("AAA", "2025-09-03"),
        Missing("BBB", "2025-09-04"),
    )
    filled = run(desk, deliver(desk, THIRD, DAYS))
    assert (filled.missing, filled.rows_new) == ((), 5)  # the two that were missing, and three of the day
    assert list(closes(desk, THIRD, "AAA")) == DAYS
    assert list(closes(desk, SECOND, "AAA")) == [DAYS[0], DAYS[2]]


def test_a_younger_symbol_lacks_nothing_before_it_began(desk):
    assert run(desk, deliver(desk, FIRST, DAYS[:2], CCC={DAYS[0]: None})).missing == ()


def test_a_session_that_has_not_closed_is_quarantined(desk):
    noon = datetime(2025, 9, 4, 16, tzinfo=UTC)
    found = run(desk, deliver(desk, noon, DAYS[:3]))
    assert (found.rows_new, found.missing) == (6, ())
    assert {row[0] for row in desk.sql("select rule from quarantine")} == {"not_future", "trading_day"}


def test_minutes_after_the_close_it_has_closed(desk):
    assert run(desk, deliver(desk, datetime(2025, 9, 4, 20, 8, tzinfo=UTC), DAYS[:3])).rows_new == 9


def test_earlier_knowledge_is_refused_after_later(desk):
    run(desk, deliver(desk, SECOND, DAYS[:3]))
    with pytest.raises(InputError, match=r"known as of 2025-09-04T22:00:00Z already.*2025-09-03T22"):
        run(desk, deliver(desk, FIRST, DAYS[:2]))
    assert closes(desk, FIRST, "AAA") == {}


def test_the_same_delivery_twice_is_refused_and_another_of_the_same_instant_too(desk):
    folder = deliver(desk, FIRST, DAYS[:2])
    run(desk, folder)
    with pytest.raises(InputError, match="is loaded already"):
        run(desk, folder)
    other = deliver(desk, FIRST, DAYS[:2], AAA={DAYS[0]: 90.0})
    with pytest.raises(InputError, match="known as of 2025-09-03T22:00:00Z already"):
        run(desk, other)


def test_sources_are_told_apart_and_may_be_named(desk):
    run(desk, deliver(desk, SECOND, DAYS[:3]))
    found = run(desk, deliver(desk, FIRST, DAYS[:2]), source="yfinance")
    assert (found.source, found.rows_new) == ("yfinance", 6)
    with pytest.raises(InputError, match="did you mean 'yfinance'"):
        run(desk, deliver(desk, FIRST, DAYS[:2]), source="yfinanc")


def test_a_delivery_without_a_name_needs_its_instant(desk):
    folder = desk.folder / "today"
    write_frame(folder, "AAA", dict.fromkeys(DAYS[:2], 100.0))
    with pytest.raises(InputError, match="not named for an instant"):
        run(desk, folder)
    assert run(desk, folder, FIRST).source == f"files:{desk.folder}"


@pytest.mark.parametrize(
    ("known_at", "said"),
    [
        (NOW + timedelta(seconds=1), "in the future"),
        (datetime(2025, 9, 3, 22, tzinfo=UTC), "2025-09-04, which had not begun at 2025-09-03T22:00:00Z"),
    ],
)
def test_an_impossible_instant_is_refused(desk, known_at, said):
    folder = deliver(desk, SECOND, DAYS[:3])
    with pytest.raises(InputError, match=said):
        run(desk, folder, known_at)
    assert not desk.home.exists()


def test_an_unknown_exchange_is_refused(desk):
    with pytest.raises(InputError, match="calendar 'XNYX' cannot be built"):
        examine(desk.at(NOW).context(), deliver(desk, FIRST, DAYS[:2]), None, None, "XNYX")


def test_an_archive_is_no_delivery(desk):
    deliver(desk, SECOND, DAYS[:3])
    deliver(desk, FIRST, DAYS[:2])
    with pytest.raises(InputError, match=r"an archive of 2 deliveries.*beginning with 20250903T220000Z"):
        run(desk, desk.folder / "archive", THIRD)


def test_an_empty_folder_is_refused(desk):
    folder = desk.folder / "archive" / compact(FIRST)
    folder.mkdir(parents=True)
    with pytest.raises(InputError, match=r"holds no \.csv file"):
        run(desk, folder)


def test_one_load_of_a_source_at_a_time(desk):
    context = desk.at(NOW).context()
    folder = deliver(desk, FIRST, DAYS[:2])
    archived = examine(context, folder, None, None, "XNYS")
    refusals = []

    def meanwhile(what, done, of):
        if done == 1:
            with pytest.raises(InputError, match="wait until it has ended") as refused:
                run(desk, folder)
            refusals.append(refused)

    load(replace(context, progress=meanwhile), archived, rows=4)
    assert len(refusals) == 1
    assert len(closes(desk, FIRST, "CCC")) == 2


KILLED = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from tasks.data.load import examine, load
from tests.tasks.desk import Desk
from tests.tasks.test_load import NOW

def kill(what, done, of):
    if done == 1:
        os.kill(os.getpid(), signal.SIGKILL)

place = Desk(Path(sys.argv[1])).at(NOW).context()
load(replace(place, progress=kill), examine(place, Path(sys.argv[2]), None, None, "XNYS"), rows=4)
"""


@pytest.mark.long
def test_a_load_that_was_killed_is_gone_on_with(desk):
    folder = deliver(desk, FIRST, DAYS[:2])
    root = Path(__file__).parents[2]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(desk.folder), str(folder)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert [len(closes(desk, FIRST, symbol)) for symbol in CLOSES] == [2, 2, 0]

    found = run(desk, folder)

    assert [len(closes(desk, FIRST, symbol)) for symbol in CLOSES] == [2, 2, 2]
    assert found.rows_new == 6, "what a delivery brought is told over all its parts"
    assert desk.sql("select count(*) from bars") == [(6,)]
    assert desk.sql("select status, error from runs where flow = 'load' order by started_at, status") == [
        ("failed", "interrupted"),
        ("no_action", None),
    ]
    assert not list((desk.home / "staging").iterdir())


def test_a_live_run_later_goes_on_from_there(desk):
    run(desk, deliver(desk, THIRD, DAYS), source="files:/elsewhere")
    with desk.visit() as db:
        assert db.column("known_from", now=NOW) == [NOW]
        early = THIRD - timedelta(days=1)  # a clock that went back
        assert db.column("known_from", now=early) == [THIRD + timedelta(microseconds=1)]


def test_a_delivery_of_instants_has_the_days_of_the_exchange(desk):
    """Midnights of Paris in UTC: the newest is of the day on which it was told, not of the day before."""
    file = desk.folder / "paris.csv"
    rows = [f"AAA,{day - timedelta(days=1)}T22:00:00Z,1,1,1,1,1" for day in DAYS]
    file.write_text("\n".join(["symbol,date,open,high,low,close,volume", *rows]))
    context = desk.at(NOW).context()
    load(context, examine(context, file, THIRD, None, "XPAR"))
    assert sorted(closes(desk, THIRD, "AAA")) == DAYS
    with pytest.raises(InputError, match="holds 2025-09-05, which had not begun"):
        examine(context, file, FIRST, None, "XPAR")


def test_rows_from_before_a_calendar_begins_are_rejected_as_such(desk):
    days = {date(1996, 12, 26): 100.0, date(1996, 12, 27): 101.0, date(1997, 1, 6): 102.0}
    archive = write_delivery(desk.folder / "archive", "19970107T220000Z", {"AAA": days})
    context = desk.at(NOW).context()
    found = load(context, examine(context, archive, None, None, "XTKS"))
    assert (found.rows_new, found.rows_quarantined) == (1, 2)
    assert set(desk.sql("select session, rule from quarantine")) == {
        (date(1996, 12, 26), "before_calendar"),
        (date(1996, 12, 27), "before_calendar"),
    }


def test_history_across_1990_is_loaded_whole(desk):
    told = datetime(1990, 1, 4, 23, tzinfo=UTC)
    days = [date(1989, 12, 28), date(1989, 12, 29), date(1990, 1, 2), date(1990, 1, 3)]
    found = run(desk, deliver(desk, told, days))
    assert (found.rows_new, found.rows_quarantined, found.missing) == (12, 0, ())


def test_a_delivery_from_before_the_calendar_begins_is_refused_with_where_it_does(desk):
    archive = deliver(desk, datetime(1987, 11, 1, tzinfo=UTC), [date(1987, 10, 19)])
    with pytest.raises(InputError, match="before the first known session of XTKS, 1997-01-06"):
        examine(desk.at(NOW).context(), archive, None, None, "XTKS")
