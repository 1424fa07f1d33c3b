"""A year reviewed: everybody's decisions are counted, and the archive holds the review."""

import json
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest

from quant.errors import InputError
from quant.people import Actor
from tasks.decisions import halts, overrides
from tasks.record.review import answer, year
from tasks.record.review.document import document
from tasks.report.formats import text
from tests.tasks.desk import EVENING, SESSION, Desk, market, sessions
from tests.tasks.importing import decide, take
from warehouse.tables.alerts import AlertState

ADA, BOB = Actor.typed("Ada"), Actor.typed("Bob")


def test_what_everybody_decided_is_counted(day):
    context = day[0].context()
    decide(day, "approved", "AAA", "BBB", by="Ada")
    decide(day, "rejected", "CCC", by="Bob")
    take(day, "RUN,AAA,SELL,205,99.8,1.0,,f1")
    context.warehouse.transact(lambda db: halts.switch(db, context, "trio", "disabled", ADA, "away"))
    context.warehouse.transact(lambda db: halts.switch(db, context, "trio", "enabled", BOB, "back"))
    asked = overrides.request(context, "trio", "max_weight", None, ADA, "agreed", "2024-07-02")
    overrides.approve(context, asked.id, BOB)

    found = answer.of_year(context, SESSION.year)
    people = {one.name: one for one in found.people}
    ada, bob = people["Ada"], people["Bob"]
    assert (ada.approved, ada.rejected, ada.disabled, ada.enabled, ada.overrides_requested) == (2, 0, 1, 0, 1)
    assert (bob.rejected, bob.fills, bob.enabled, bob.overrides_approved) == (1, 1, 1, 1)
    assert found.orders == {"approved": 1, "executed": 1, "rejected": 1}
    assert (found.runs, found.failed, found.portfolios, found.held) == (1, 0, ["trio"], 0)
    controls = {one.article: one for one in found.controls}
    assert controls["12"].shown == "1 halt by people, 0 by blocked runs in a row"
    assert not controls["12"].person
    assert controls["15(5)"].shown.startswith("1 request, 1 approved by another person")
    assert controls["15"].person
    assert "trio lacks price_collar" in controls["15"].shown
    said = text.render(document(found))
    assert "Ada" in said
    assert "trio lacks price_collar" in said


def test_the_archive_is_that_of_the_audit_with_the_review(day, tmp_path):
    desk, run_id = day
    context = desk.context()
    decide(day, "approved", "AAA")
    found = answer.of_year(context, SESSION.year)
    done = answer.export(context, found, tmp_path / "review.zip")
    with zipfile.ZipFile(done.out) as archive:
        names = archive.namelist()
        page = archive.read("review.html").decode()
        content = json.loads(archive.read("review.json"))
        manifest = json.loads(archive.read("manifest.json"))
    assert {"ledger.jsonl", f"runs/{run_id}/report.json", "review.html"} <= {*names}
    assert content["hash"] == manifest["head"]
    assert "review.html" in manifest["files"]
    assert "<script" not in page
    assert "Self-assessment by RTS 6" in page
    with pytest.raises(InputError, match="exists: an archive is never overwritten"):
        answer.export(context, found, tmp_path / "review.zip")
    with pytest.raises(InputError, match="no run and no entry"):
        answer.of_year(context, 2001)


def test_a_session_that_lost_more_than_the_value_at_risk_is_a_breach(tmp_path):
    """Calm days, then one on which everything falls by 8%."""
    desk = Desk(tmp_path)
    frame = market(count=560)
    days = sessions(4)
    fallen = frame["session"] >= days[3]
    frame.loc[fallen, ["open", "high", "low", "close"]] *= 0.92
    wide = "[rebalance]\nband_absolute = 1.0\nband_relative = 100.0\n\n[risk]\nvar_95 = 0.5\n"
    file = desk.portfolio(tables=wide)
    for session in days:
        evening = desk.at(datetime.combine(session, EVENING.timetz()))
        evening.day(frame[frame["session"] <= session], file, session)
    (found,) = answer.of_year(desk.context(), SESSION.year).calibration
    assert (found.portfolio, found.sessions, found.breaches) == ("trio", 3, 1)
    assert found.expected == pytest.approx(0.15)
    # 2 × (ln ⅓ + 2 ln ⅔ - ln 0.05 - 2 ln 0.95) = 2.378 with one degree of freedom
    assert found.p_value == pytest.approx(0.1231, abs=1e-4)


def test_how_fast_alerts_were_answered():
    """After 4, 6 and 20 minutes; one was never answered."""
    fired = datetime(2024, 6, 28, 14, 0, tzinfo=UTC)
    rows = [
        AlertState(
            str(minutes), "flash_crash", "AAA", date(2024, 6, 28), str(fired), "critical", "acknowledged",
            minutes != 6, "", -0.1, -0.1, None, [], fired,
            None if minutes is None else fired + timedelta(minutes=minutes),
        )
        for minutes in (4, 6, 20, None)
    ]  # fmt: skip
    critical, warning, _ = year._alerts(rows)
    assert (critical.fired, critical.confirmed, critical.acknowledged) == (4, 3, 3)
    assert (critical.median_minutes, critical.longest_minutes) == (6, 20)
    assert (warning.fired, warning.median_minutes) == (0, None)
