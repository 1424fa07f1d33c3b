"""Minute bars from a file or a vendor to the warehouse, and what is told of them."""

import gzip
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from quant.errors import InputError, VendorError
from tasks.data.export import export
from tasks.data.minutes import Found, fetch, look, plan
from tasks.run.lifecycle import Begun, enter
from tasks.sources import Request, resolve
from tests.standins.yahoo_minutes import Minutes
from tests.tasks.desk import Desk
from tests.tasks.sources.yahoo import QUICK, table
from warehouse import history, staging
from warehouse.ingest import latest_known
from warehouse.record import verify

DAY, NOON = date(2024, 6, 28), datetime(2024, 6, 28, 16, 0, 30, tzinfo=UTC)
OPEN = datetime(2024, 6, 28, 13, 30, tzinfo=UTC)
HEAD = "instant,open,high,low,close,volume"
NEW_YORK = ZoneInfo("America/New_York")


def at(minute: float) -> datetime:
    """So many minutes after the open."""
    return OPEN + timedelta(minutes=minute)


def line(minute: float, price: float = 100.0, **values: object) -> str:
    prices = {"open": price, "high": price, "low": price, "close": price, "volume": 5} | values
    return ",".join([at(minute).isoformat(), *map(str, prices.values())])


@dataclass(frozen=True)
class Feed:
    """A folder of minute files beside a desk whose clock stands at noon of the session."""

    desk: Desk

    def write(self, symbol: str, *lines: str) -> None:
        folder = self.desk.folder / "minutes"
        folder.mkdir(exist_ok=True)
        (folder / f"{symbol}.csv").write_text("\n".join([HEAD, *lines]) + "\n")

    def plan(self, *symbols: str, calendar: str = "XNYS", **asked: object):
        source = asked.pop("source", f"files:{self.desk.folder / 'minutes'}")
        session, start = asked.get("session"), asked.get("start")
        return plan(self.desk.context(), symbols or ("SPY",), session, start, source, calendar)

    def fetch(self, *symbols: str, **asked: object):
        return fetch(self.desk.context(), self.plan(*symbols, **asked))

    def look(self, *symbols: str, **asked: object) -> Found:
        return look(self.desk.context(), self.plan(*symbols, **asked))

    def closes(self, known_at: datetime | None = None) -> list[float]:
        [source] = {row[0] for row in self.desk.sql("select distinct source from minutes")}
        with self.desk.visit() as db:
            bars = history.minutes(db, source, ["SPY"], DAY, DAY, known_at or latest_known(db))
        return bars["close"].to_pylist()


@pytest.fixture
def feed(desk: Desk) -> Feed:
    return Feed(desk.at(NOON))


def sound(desk: Desk) -> Sequence[str]:
    """What does not hold of the warehouse."""
    with desk.visit() as db:
        return [*verify.broken(verify.judge(db.visit, desk.now))]


def exported(desk: Desk, instant: datetime, name: str) -> list[dict[str, object]]:
    """What an export writes, as a source reads it again."""
    out = desk.folder / name
    done = export(desk.context(), instant, out, adjusted=False, source=None, interval="1m")
    asked = Request(("SPY",), DAY, DAY, str(out), interval="1m")
    read = resolve(f"files:{out}").source.fetch(asked).bars.to_pylist()
    assert done.rows == len(read)
    return read


def test_minutes_are_not_adjusted_and_what_was_not_known_cannot_be_exported(feed):
    with feed.desk.visit():
        pass  # an empty warehouse
    with pytest.raises(InputError, match="as traded: leave out --adjusted"):
        export(
            feed.desk.context(), NOON, feed.desk.folder / "x.csv", adjusted=True, source=None, interval="1m"
        )
    with pytest.raises(InputError, match="the warehouse knows minute bars of no source"):
        exported(feed.desk, NOON, "x.csv")


def rejected(brought):
    return [(one.symbol, one.rule, one.rows) for one in brought.quarantined]


def test_the_exchanges_own_time_is_not_taken_for_utc(feed):
    def bars(*hours, offset=""):
        return [
            f"2024-06-28 {hour:02}:{minute:02}:00{offset},1,1,1,1,5" for hour in hours for minute in range(60)
        ]

    feed.write("SPY", *bars(10, 11, 13, 14))
    with pytest.raises(
        InputError, match="90 lie within sessions of XNYS as UTC, and 240 as the exchange's own"
    ):
        feed.fetch()
    assert feed.desk.sql("select count(*) from minutes") == [(0,)]
    feed.write("SPY", *bars(10, 11, offset="-04:00"))
    assert feed.fetch().rows_new == 120
    feed.write("SPY", *bars(14, 15))
    assert feed.fetch().rows_new == 0, "the same instants in UTC"


def test_minutes_are_read_by_their_instants_where_sessions_stand_beside_them(feed):
    folder = feed.desk.folder / "minutes"
    folder.mkdir()
    lines = [f"session,{HEAD}", f"2024-06-28,{line(0)}", f"2024-06-28,{line(1)}"]
    (folder / "SPY.csv").write_text("\n".join(lines) + "\n")
    assert feed.fetch().rows_new == 2


def test_sessions_before_the_first_known_one_are_not_left_out_silently(feed):
    feed.write("SPY", line(0))
    with pytest.raises(
        InputError, match="--start 1800-01-01 is before the first known session of XNYS, 1970-01-02"
    ):
        feed.plan(start=date(1800, 1, 1))
    assert feed.plan(start=date(1970, 1, 2)).hours.days[0] == date(1970, 1, 2)


def test_real_minutes_of_december_2019(feed, shared_data):
    (feed.desk.folder / "minutes").mkdir()
    for symbol in ("SPY", "AGG"):
        packed = (shared_data / f"intraday/yahoo_1min_2019_{symbol}.csv.gz").read_bytes()
        (feed.desk.folder / "minutes" / f"{symbol}.csv").write_bytes(gzip.decompress(packed))
    asked = {"start": date(2019, 12, 20), "session": date(2020, 1, 14)}
    brought = feed.fetch("SPY", "AGG", **asked)
    half_day, twice = ("within_session", 1), ("unique_key", 2)
    assert rejected(brought) == [("AGG", *half_day), ("SPY", *half_day), ("SPY", *twice)]
    found = {(row.symbol, row.session): row for row in feed.look("SPY", "AGG", **asked).sessions}
    assert len(found) == 2 * 16
    christmas = found["SPY", date(2019, 12, 24)]
    assert (christmas.minutes, christmas.expected, christmas.missing) == (210, 210, ())
    assert christmas.last == datetime(2019, 12, 24, 17, 59, tzinfo=UTC)
    friday = found["SPY", date(2019, 12, 20)]  # the row of its dividend has no price and is no bar
    assert (friday.minutes, friday.expected) == (388, 390)
    assert [one.first.astimezone(NEW_YORK).strftime("%H:%M") for one in friday.missing] == ["10:59", "11:27"]
    [gone] = found["SPY", date(2020, 1, 10)].missing
    assert (gone.minutes, gone.last) == (300, datetime(2020, 1, 10, 20, 59, tzinfo=UTC))
    assert sum(row.minutes for row in found.values()) == brought.rows_new
    again = feed.fetch("SPY", "AGG", **asked)
    assert (again.rows_new, again.rows_restated, again.rows_quarantined) == (0, 0, 0)
    assert again.quarantined == brought.quarantined
    assert sound(feed.desk) == []


def test_each_rule_rejects_its_rows_and_no_others(feed):
    feed.write(
        "SPY", line(0), line(1, high=99), line(2, low=101), line(3, close=-1), line(4, close=""),
        line(5), line(5, 101), line(6.5), line(-1), line(391), line(8, volume=-1),
        line(9, close="inf", high="inf"), line(10, 30.0, open=100.0, high=100.0), line(60 * 24 * 3),
    )  # fmt: skip
    feed = Feed(feed.desk.at(datetime(2024, 7, 1, 12, tzinfo=UTC)))
    brought = feed.fetch()
    assert rejected(brought) == [
        ("SPY", "close_given", 1), ("SPY", "high_is_highest", 2), ("SPY", "low_is_lowest", 3),
        ("SPY", "positive_close", 2), ("SPY", "positive_high", 1), ("SPY", "unique_key", 2),
        ("SPY", "volume_not_negative", 1), ("SPY", "whole_minute", 1), ("SPY", "within_session", 2),
    ]  # fmt: skip
    assert brought.rows_new == 2  # the first one, and a fall of 70% within a minute
    assert feed.closes() == [100.0, 30.0]
    assert sound(feed.desk) == []


def test_a_minute_that_is_rejected_again_is_stored_once_and_named_until_it_is_corrected(feed):
    wrong = line(1, high=99), line(2, close="", volume=""), line(391), line(3, volume="inf")
    feed.write("SPY", line(0), *wrong)
    first, again = feed.fetch(), feed.fetch()
    assert (first.rows_quarantined, again.rows_quarantined) == (5, 0)  # the first of them breaks two rules
    assert again.quarantined == first.quarantined
    feed.write("SPY", line(0), line(1, high=98), *wrong[1:])  # wrong in another way
    assert feed.fetch().rows_quarantined == 2
    feed.write("SPY", line(0), line(1), *wrong[1:])
    corrected = feed.fetch()
    assert (corrected.rows_new, corrected.rows_quarantined) == (1, 0)
    assert rejected(corrected) == [
        ("SPY", "close_given", 1), ("SPY", "volume_not_negative", 1), ("SPY", "within_session", 1)
    ]  # fmt: skip
    assert feed.desk.sql("select count(*) from rejected_minutes") == [(7,)]
    assert sound(feed.desk) == []


def test_the_minute_that_runs_is_left_out_and_a_restated_one_is_a_new_version(feed):
    feed.write("SPY", *(line(minute) for minute in range(151)))
    first = feed.fetch()
    assert (first.rows_new, first.running, first.rows_quarantined) == (150, 1, 0)
    [row] = feed.look().sessions
    assert (row.minutes, row.expected, row.last, row.missing) == (150, 150, at(149), ())
    known = feed.look().known_at
    later = Feed(feed.desk.at(NOON + timedelta(minutes=1)))
    later.write("SPY", *(line(minute, 101.0 if minute == 3 else 100.0) for minute in range(151)))
    second = later.fetch()
    assert (second.rows_new, second.rows_restated, second.running) == (1, 1, 0)
    assert (later.closes()[3], later.closes(known)[3]) == (101.0, 100.0)
    assert (len(later.closes()), len(later.closes(known))) == (151, 150)
    kept = later.look()
    context = later.desk.context()
    instants = {"then.csv": known, "now.parquet": kept.known_at}
    told = {name: exported(later.desk, instant, name) for name, instant in instants.items()}
    context.warehouse.back_up(later.desk.now, 1, 0)
    later.desk.sql("delete from minutes")
    context.warehouse.restore(later.desk.now)
    assert later.look() == kept
    assert told == {name: exported(later.desk, instant, name) for name, instant in instants.items()}
    assert [(len(bars), bars[3]["close"]) for bars in told.values()] == [(150, 100.0), (151, 101.0)]
    assert sound(later.desk) == []


def test_a_run_that_died_is_closed_and_two_at_once_store_each_minute_once(feed):
    context, run_id = feed.desk.context(), "20240628-minutes-dead0000"
    with feed.desk.visit() as db:
        enter(db, context, Begun(run_id, "minutes", DAY, "files:gone"))
    feed.desk.sql("update runs set owner = 'far|1|1|a', heartbeat = heartbeat - interval 2 hours")
    staging.staging_file(feed.desk.home, run_id).parent.mkdir()
    staging.staging_file(feed.desk.home, f"{run_id}-1").touch()
    feed.write("SPY", line(0), line(1), line(2))
    with ThreadPoolExecutor() as threads:
        brought = list(threads.map(lambda _: feed.fetch(), range(2)))
    assert sorted(one.rows_new for one in brought) == [0, 3]
    ends = feed.desk.sql("select status, error from runs")
    assert sorted(ends) == [("failed", "interrupted"), ("no_action", None), ("no_action", None)]
    assert not list((feed.desk.home / "staging").iterdir())
    assert feed.closes() == [100.0, 100.0, 100.0]
    assert sound(feed.desk) == []


def test_local_times_without_an_offset_are_refused_and_a_break_is_no_gap(feed):
    feed.write("SPY", "2024-06-28 09:30:00,1,1,1,1,1", "2024-06-28 09:31:00,1,1,1,1,1")
    with pytest.raises(InputError, match=r"0 lie within sessions of XNYS as UTC, and 2 as the exchange"):
        feed.fetch()
    feed.write("SPY", "2024-06-28 04:30:00,1,1,1,1,1", "2024-06-28 04:31:00,1,1,1,1,1")
    with pytest.raises(InputError, match=r"none of the 2 bars lies within a session of XNYS.*in UTC"):
        feed.fetch()
    tokyo = [
        datetime(2024, 6, 28, 0, 0, tzinfo=UTC) + timedelta(minutes=n)
        for n in (*range(150), 155, *range(210, 359))
    ]
    feed.write("7203.T", *(f"{moment.isoformat()},1,1,1,1,1" for moment in tokyo))
    brought = feed.fetch("7203.T", calendar="XTKS")
    assert rejected(brought) == [("7203.T", "within_session", 1)]
    [row] = feed.look("7203.T", calendar="XTKS").sessions
    assert (row.expected, row.minutes) == (300, 299)
    [gone] = row.missing
    assert (gone.first, gone.minutes) == (datetime(2024, 6, 28, 5, 59, tzinfo=UTC), 1)


def test_a_vendor_is_asked_for_minutes_and_what_it_lacks_is_told(feed, yahoo):
    bars = [
        {"instant": at(minute), "open": 10, "high": 11, "low": 9, "close": 10, "volume": 1}
        for minute in (0, 1)
    ]
    for symbol in ("SPY", "AGG"):
        yahoo.serve(symbol, table((str(DAY), 10.0, 1000.0, {})))
    yahoo.minutes["SPY"] = Minutes("SPY", bars, NOON)
    yahoo.minutes["AGG"] = Minutes("AGG", [], NOON)
    context = replace(feed.desk.context(yahoo_url=yahoo.address), patience=QUICK)
    wanted = plan(context, ("SPY", "AGG"), None, None, "yfinance", "XNYS")
    brought = fetch(context, wanted)
    assert (brought.rows_new, [(error.symbol, error.kind) for error in brought.errors]) == (
        2,
        [("AGG", "empty")],
    )
    assert [(row.minutes, row.expected) for row in look(context, wanted).sessions] == [(2, 150), (0, 150)]
    with pytest.raises(InputError, match="no minute bars of AGG: Yahoo"):
        fetch(context, replace(wanted, symbols=("AGG",)))
    spent = feed.desk.context(yahoo_url=yahoo.address, yahoo_budget="1/hour")
    with pytest.raises(
        VendorError, match=r"SPY was not delivered .*the budget of 1/hour requests to yfinance is"
    ):
        fetch(spent, replace(wanted, symbols=("SPY",)))
    yahoo.fail("*", "error")
    with pytest.raises(VendorError, match="SPY was not delivered"):
        fetch(context, replace(wanted, symbols=("SPY",)))
    assert sound(feed.desk) == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"source": "bundled"}, "source 'bundled' has no minute bars: minute bars come from files, yfinance"),
        ({"session": date(2024, 6, 29)}, "session 2024-06-29 has not opened yet: .* is 2024-06-28"),
        ({"session": date(2024, 6, 19)}, "session 2024-06-19 is not a trading day"),
        ({"start": date(2024, 7, 1)}, "--start 2024-07-01 is after 2024-06-28"),
        ({"source": "files:nowhere"}, "nowhere does not exist"),
    ],
)
def test_a_mistake_is_refused_before_anything_is_written(feed, asked, said):
    feed.write("SPY", line(0))
    with pytest.raises(InputError, match=said):
        feed.plan(**asked)
    assert not feed.desk.home.exists()
