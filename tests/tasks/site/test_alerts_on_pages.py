"""Alerts on the home page and on a run's page, as they stand; nothing in them is obeyed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from quant.people import Actor
from tasks.alerts.decided import Alert
from tasks.outbox.alerting import alerted
from tasks.site import home_page
from tasks.site.alerts import lasted, table
from tasks.site.place import folder, page_of
from tasks.site.publish import refresh
from tests.tasks.desk import EVENING, SESSION, crash, market
from tests.tasks.site.test_pages import NEXT, ODD, Reader

NOON = datetime(2024, 6, 28, 16, tzinfo=UTC)


def one(symbol="CCC", state="firing", severity="critical", **fields):
    given = {
        "fingerprint": symbol, "kind": "flash_crash", "symbol": symbol, "session": date(2024, 6, 28),
        "at": "2024-06-28T16:00Z", "severity": severity, "state": state, "confirmed": True, "detail": "fell",
        "move": -0.06, "depth": 0.081, "recovered": None, "vetoes": [], "fired_at": NOON, "tests": {},
        "portfolios": ["trio"], "muted": None,
    }  # fmt: skip
    return Alert(**given | fields)


def words(page):
    return " ".join(" ".join(Reader(page).said).split())


def test_a_row_says_when_what_how_sure_how_deep_how_long_and_who_looks_after_it():
    found = [
        one("AAA", "resolved", "warning", recovered=0.55, resolved_at=NOON + timedelta(minutes=42),
            acknowledged_at=NOON + timedelta(minutes=3), acknowledged_by="Ada"),
        one("BBB", confirmed=False, vetoes=["a single bar shows it", "its price comes from an auction"],
            muted="silenced by Ada until 2024-07-01 00:00 UTC: a split"),
        one("", "acknowledged", kind="market_wide", depth=None, fired_at=NOON + timedelta(minutes=1)),
    ]  # fmt: skip
    rows = table("alerts", "Alerts", found, "America/New_York").rows
    assert [row.cells for row in rows] == [
        ("BBB flash crash", "firing", "critical, unconfirmed", "2024-06-28 12:00 EDT", "8.10%", "–",
         "not over"),
        ("market wide", "acknowledged", "critical", "2024-06-28 12:01 EDT", "6.00%", "–", "not over"),
        ("AAA flash crash", "resolved", "warning", "2024-06-28 12:00 EDT", "8.10%", "55.00%", "42 min"),
    ]  # fmt: skip
    assert [row.tone for row in rows] == ["bad", "plain", "muted"]
    assert rows[0].notes == (
        "fell",
        "not confirmed: a single bar shows it; its price comes from an auction",
        "concerns trio",
        "somebody was not told: silenced by Ada until 2024-07-01 00:00 UTC: a split",
    )
    assert "acknowledged by Ada at 2024-06-28 12:03 EDT" in rows[2].notes
    [own] = table("alerts", "Alerts", [one(portfolios=["growth", "trio"])], "UTC", "trio").rows
    assert own.notes == ("fell", "also concerns growth")


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0.5, "0 min"), (59, "59 min"), (65, "1 h 05 min"), (2879, "47 h 59 min"), (5000, "3 days")],
)
def test_a_length_of_time_is_in_words(minutes, said):
    assert lasted(timedelta(minutes=minutes)) == said


def test_nothing_in_an_alert_is_obeyed_and_what_is_not_over_stands_first():
    hostile = one(ODD, kind=ODD, detail=ODD, vetoes=[ODD], confirmed=False, muted=ODD, portfolios=[ODD],
                  acknowledged_by=ODD, acknowledged_at=NOON)  # fmt: skip
    page = home_page.render([], [], [hostile], NOON)
    found = Reader(page)
    assert {"script", "img"} & {*found.tags} == set()
    assert {name for name, _ in found.attributes if name.startswith("on") or name == "style"} == set()
    assert "<script>alert(1)</script>" in "".join(found.said)
    assert page.index("part-alerts") < page.index("The newest decisions")
    over = home_page.render([], [], [replace(hostile, state="resolved")], NOON)
    assert over.index("part-alerts") > over.index("The newest decisions")
    assert "part-alerts" not in home_page.render([], [], [], NOON)


def test_of_very_many_alerts_a_hundred_are_shown_and_it_says_where_the_others_are():
    page = home_page.render([], [], [one(f"S{number}") for number in range(520)], NOON)
    assert page.count("flash crash</th>") == 100
    assert "… and 420 more: ballast alerts" in words(page)


def test_the_pages_of_a_day_follow_its_alert_to_its_end(desk):
    done = desk.day(crash(market(), "CCC", SESSION, by=0.1), desk.portfolio(), notifying=True)
    home, run = folder(desk.home) / "index.html", page_of(desk.home, done.run_id)
    for page in (home, run):
        assert "CCC range shock firing critical" in words(page.read_text())
    [[fingerprint]] = desk.sql("select fingerprint from alert_states")
    later = desk.at(EVENING + timedelta(minutes=2)).context()
    alerted.acknowledge(later, fingerprint, Actor.typed("Ada"))
    assert refresh(later) == [run]
    assert "acknowledged by Ada at 2024-06-28 18:32 EDT" in words(run.read_text())
    assert "CCC range shock acknowledged critical" in words(home.read_text())
    assert refresh(later) == []
    desk.at(NEXT).day(market(last=NEXT.date()), desk.portfolio(), NEXT.date())
    for page in (home, run):
        assert "CCC range shock resolved critical" in words(page.read_text())
    desk.at(NEXT + timedelta(days=8)).day(market(last=date(2024, 7, 9)), desk.portfolio(), date(2024, 7, 9))
    assert "CCC" not in words(home.read_text())
