"""What is kept of an exchange in HOME is what the library knows, and never more than a copy."""

import json
from datetime import UTC, date, datetime

import exchange_calendars
import pandas as pd
import pytest

from config import exchange_facts
from config.calendars import Calendar
from config.exchange_facts import RECENT


@pytest.fixture
def home(tmp_path):
    """A HOME in which nothing is kept yet, for a process that has asked nothing yet."""
    before = list(exchange_facts._homes)
    forget()
    exchange_facts.keep_in(tmp_path)
    yield tmp_path
    exchange_facts._homes[:] = before
    forget()


def forget():
    exchange_facts._kept.cache_clear()
    exchange_facts._asked.cache_clear()
    exchange_facts._keep.cache_clear()


def file(home):
    [found] = home.glob("cache/*/*.json")
    return found


@pytest.mark.parametrize("name", ["XNYS", "XLON", "XTKS", "CMES", "24/5", "us_futures"])
def test_what_is_kept_is_what_the_library_knows(home, name):
    asked = exchange_facts.facts(name, RECENT, RECENT)
    forget()
    kept = exchange_facts.facts(name, RECENT, RECENT)
    assert kept is not asked
    library = exchange_calendars.get_calendar(name, start=pd.Timestamp(kept.sessions[0]))
    assert list(kept.sessions) == [stamp.date() for stamp in library.sessions]
    assert list(kept.closing.values()) == [stamp.to_pydatetime() for stamp in library.closes]
    assert list(kept.opening.values()) == [stamp.to_pydatetime() for stamp in library.opens]
    pauses = pd.DataFrame({"begin": library.break_starts, "end": library.break_ends}).dropna()
    assert [*kept.pauses] == [stamp.date() for stamp in pauses.index]
    assert [*kept.pauses.values()] == [*pauses.itertuples(index=False, name=None)]
    assert (kept.zone, kept.own_name) == (str(library.tz), library.name)
    assert (kept.begins, kept.ends) == (library.open_times[-1][1], library.close_times[-1][1])


def test_a_kept_calendar_asks_no_library(home, monkeypatch):
    Calendar("XNYS").last_session(date(2024, 7, 4))
    forget()
    monkeypatch.setattr(exchange_facts, "_build", None)
    assert Calendar("XNYS").last_session(date(2024, 7, 4)) == date(2024, 7, 3)
    assert Calendar("XNYS").close(date(2024, 7, 3)) == datetime(2024, 7, 3, 17, 0, tzinfo=UTC)
    assert exchange_facts.is_known("XNYS")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"days": []}', '{"own_name": "XNYS"}'])
def test_a_damaged_file_is_asked_again(home, text):
    Calendar("XNYS").last_session(date(2024, 7, 4))
    file(home).write_text(text)
    forget()
    assert Calendar("XNYS").last_session(date(2024, 7, 4)) == date(2024, 7, 3)
    assert len(json.loads(file(home).read_text())["facts"]["days"]) > 8000


@pytest.mark.parametrize("change", [{"zone": "Asia/Tokyo"}, {"closes": [10**12]}, {"opens_at": "late"}])
def test_a_file_that_was_changed_is_asked_again(home, change):
    Calendar("XNYS").last_session(date(2024, 7, 4))
    kept = json.loads(file(home).read_text())
    file(home).write_text(json.dumps(kept | {"facts": kept["facts"] | change}))
    forget()
    assert Calendar("XNYS").close(date(2024, 7, 3)) == datetime(2024, 7, 3, 17, 0, tzinfo=UTC)
    assert Calendar("XNYS").zone.key == "America/New_York"
    assert json.loads(file(home).read_text()) == kept


def test_a_day_that_it_does_not_reach_is_asked_of_the_library(home):
    Calendar("XNYS").last_session(date(2024, 7, 4))
    kept = json.loads(file(home).read_text())
    facts = kept["facts"] | {name: kept["facts"][name][:8000] for name in ("days", "closes")}
    digest = exchange_facts._digest(facts)
    file(home).write_text(json.dumps({"sha256": digest, "facts": facts}))
    forget()
    assert Calendar("XNYS").last_session(date(2024, 7, 4)) == date(2024, 7, 3)
    assert json.loads(file(home).read_text()) == kept


def test_nothing_is_kept_where_there_is_no_home(home):
    exchange_facts.keep_in(home / "not yet")
    assert Calendar("XNYS").is_session(date(2024, 7, 3))
    assert not (home / "not yet").exists()
