import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from config.calendars import Calendar
from quant.errors import InputError
from quant.people import Actor
from tasks.alerts import decided, silences
from tasks.outbox.alerting import alerted
from tasks.run.lifecycle import close_run, open_run
from tests.tasks.desk import EVENING, SESSION, TARGETS, Desk, crash, market
from tests.tasks.importing import anew
from warehouse import alerts
from warehouse.record import ledger

NEXT = Calendar("XNYS").sessions(SESSION, SESSION + timedelta(7))[1]
PEOPLE = """
[[person]]
name = "Ada Byron"
may = ["approve", "silence"]

[[person]]
name = "Bob Moore"
may = ["approve"]
"""
ADA, BOB, EVE = (Actor.typed(name) for name in ("Ada Byron", "Bob Moore", "Eve Grey"))


def fallen(symbol="CCC", last=SESSION):
    return crash(market(last=last), symbol, last, by=0.10)


def shown(desk):
    return decided.listing(desk.context()).alerts


def told(report):
    return {row.kind for row in report.notices}


@pytest.fixture(scope="module")
def fell(tmp_path_factory):
    """A day on which CCC fell, run once, and where its folder is kept as it was then."""
    desk = Desk(tmp_path_factory.mktemp("fell") / "desk")
    run_id = desk.day(fallen(), desk.portfolio(tables=PEOPLE), notifying=True).run_id
    return desk, run_id, shutil.copytree(desk.folder, desk.folder.with_name("kept"))


@pytest.fixture
def desk(fell):
    """The desk on the evening of that day."""
    anew(fell)
    return fell[0]


@pytest.fixture
def alert(desk):
    """The one alert of that day."""
    [found] = shown(desk)
    return found


def test_a_fall_of_the_day_is_an_alert_that_fires(alert):
    assert (alert.kind, alert.symbol, alert.state, alert.portfolios) == (
        "range_shock", "CCC", "firing", ["trio"]
    )  # fmt: skip
    assert alert.depth == pytest.approx(-alert.move)
    assert alert.tests == {"range_shock": alert.move}
    assert (alert.fired_at, alert.resolved_at, alert.muted) == (EVENING, None, None)


def test_a_day_run_again_and_a_second_portfolio_find_the_same_alert(desk, alert):
    other = desk.portfolio({"CCC": 10.0}, {"CCC": 1.0}, name="other")
    for file in (desk.portfolio(tables=PEOPLE), other):
        assert told(desk.day(fallen(), file, notifying=True)) == {"alert", "digest"}
    [again] = shown(desk)
    assert replace(again, portfolios=alert.portfolios) == alert
    assert again.portfolios == ["other", "trio"]


def test_what_the_watch_has_told_in_the_afternoon_is_not_told_in_the_evening(desk, alert):
    with desk.visit() as db:
        [link] = alerts.portfolios(db, [alert.fingerprint])
        alerts.store_portfolios(db, [replace(link, run_id=None)])
    report = desk.day(crash(fallen(), "BBB", SESSION, by=0.12), desk.portfolio(tables=PEOPLE), notifying=True)
    assert [row.symbol for row in report.alerts] == ["BBB", "CCC"]
    [message] = (desk.home / "previews").glob(f"*-alert-{next(iter(_keys(report)))[:8]}*")
    assert "CCC" not in message.read_text()
    quiet = desk.day(fallen(), desk.portfolio(tables=PEOPLE), notifying=True)
    assert "alert" not in told(quiet)


def _keys(report):
    return {row.key for row in report.notices if row.kind == "alert"}


def test_an_alert_is_over_once_the_session_after_was_seen_to_its_end(desk, alert):
    later = desk.at(datetime.combine(NEXT, EVENING.timetz()))
    order = later.order(desk.portfolio(tables=PEOPLE), desk.prices(market(last=NEXT)), NEXT)
    close_run(later.context(), open_run(later.context(), order), "the vendor is down")
    assert shown(later)[0].state == "firing"
    later.day(market(last=NEXT), desk.portfolio(tables=PEOPLE), NEXT)
    [over] = shown(later)
    assert (over.state, over.resolved_at) == ("resolved", later.now)
    with pytest.raises(InputError, match=r"is over since 2024-07-01 22:30 UTC\.$"):
        alerted.acknowledge(later.context(), over.fingerprint, ADA)


def test_a_day_for_study_begins_no_alert_and_ends_none(desk, alert):
    evening = desk.at(EVENING + timedelta(days=7))
    before = Calendar("XNYS").sessions(SESSION - timedelta(7), SESSION)[-2]
    assert evening.day(fallen(last=before), desk.portfolio(tables=PEOPLE), before).historical
    assert shown(desk) == [alert]


def test_one_of_the_people_acknowledges_once_and_the_ledger_has_it(desk, alert):
    with pytest.raises(InputError, match="'Eve Grey' is not among the people of portfolio 'trio'"):
        alerted.acknowledge(desk.context(), alert.fingerprint, EVE)
    done = alerted.acknowledge(desk.context(), alert.fingerprint[:8], BOB)
    assert (done.state, done.acknowledged_by, done.acknowledged_at) == ("acknowledged", "Bob Moore", EVENING)
    with pytest.raises(InputError, match="was acknowledged by Bob Moore at 2024-06-28 22:30 UTC already"):
        alerted.acknowledge(desk.context(), alert.fingerprint, ADA)
    with desk.visit() as db:
        entries = ledger.entries(db, ["acknowledge"])
    assert [(one.subject, one.payload["by"]) for one in entries] == [(alert.fingerprint, "Bob Moore")]
    desk.day(fallen(), desk.portfolio(tables=PEOPLE))
    assert shown(desk) == [done]


def test_an_alert_that_nobody_knows_cannot_be_acknowledged(desk):
    for name in ("", "zzz"):
        with pytest.raises(InputError, match=f"there is no alert '{name}'"):
            alerted.acknowledge(desk.context(), name, ADA)


def test_who_may_silences_and_the_portfolio_is_not_told_until_the_end(desk, alert):
    asked = {"until": "2024-06-30T00:00Z", "reason": "a known split", "symbol": "CCC"}
    with pytest.raises(InputError, match="Bob Moore may not silence alerts"):
        decided.silence(desk.context(), BOB, **asked)
    done = decided.silence(desk.context(), ADA, **asked)
    report = desk.day(fallen(), desk.portfolio({"CCC": 9.0}, TARGETS, tables=PEOPLE), notifying=True)
    assert "alert" not in told(report)
    assert [row.symbol for row in report.alerts] == ["CCC"]
    muted = "silenced by Ada Byron until 2024-06-30 00:00 UTC: a known split"
    assert shown(desk)[0].muted == muted
    assert decided.listing(desk.context()).silences == [done]
    assert decided.listing(desk.at(datetime(2024, 6, 30, tzinfo=UTC)).context()).silences == []


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({}, "a silence needs --symbol, --portfolio or --kind"),
        ({"kind": "shock"}, "--kind 'shock': known are flash_crash, market_wide, range_shock"),
        ({"portfolio": "nobody"}, "portfolio 'nobody' has had no run: known are trio"),
        ({"symbol": "CCC", "until": "tomorrow"}, "--until 'tomorrow': write an instant with its offset"),
        ({"symbol": "CCC", "until": "2024-06-28T22:30Z"}, "the end must lie after now and within 30 days"),
        ({"symbol": "CCC", "until": "2024-08-01T00:00Z"}, "the end must lie after now and within 30 days"),
        ({"symbol": "CCC", "reason": " "}, "the reason is empty"),
    ],
)
def test_a_silence_that_says_too_little_is_refused(desk, asked, sentence):
    asked = {"until": "2024-06-30T00:00Z", "reason": "known"} | asked
    with pytest.raises(InputError, match=sentence):
        decided.silence(desk.context(), ADA, **asked)
    with desk.visit() as db:
        assert silences.active(db, EVENING) == []


@pytest.mark.long
def test_a_silence_of_one_portfolio_silences_no_other(desk, alert):
    other = desk.portfolio({"CCC": 10.0}, {"CCC": 1.0}, name="other")
    desk.day(fallen(), other)  # told nobody, and found it all the same
    assert shown(desk)[0].portfolios == ["other", "trio"]
    decided.silence(desk.context(), EVE, "2024-06-30T00:00Z", "sold", portfolio="other")
    assert told(desk.day(fallen(), other, notifying=True)) == {"digest"}
    assert told(desk.day(fallen(), desk.portfolio(tables=PEOPLE), notifying=True)) == {"alert", "digest"}
