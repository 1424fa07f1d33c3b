"""What calls for a rebalance, from the portfolio file to the report; amounts are worked out by hand."""

import shutil
from datetime import UTC, datetime

import pytest

from flows.day import run_day
from quant.people import Actor
from tasks.decisions.ruling import Wish
from tasks.outbox import answered
from tasks.record.replay import replay
from tasks.report.words.wording import called_for
from tasks.run.plan import Asked, plan
from tests.tasks.desk import TRADES, Desk, market, proposed, sessions

FIRST, SECOND, THIRD = sessions(3)


def evening(session):
    return datetime(session.year, session.month, session.day, 22, 30, tzinfo=UTC)


def days_in_a_row(desk, policy, days):
    """The reports of a portfolio that is never traded, each on its own evening."""
    file = desk.portfolio(tables=f"[rebalance]\n{policy}\n")
    source = desk.prices(market(count=61))
    reports = []
    for day in days:
        where = desk.at(evening(day)).context()
        request = plan(where, Asked(str(file), day, source))
        reports.append(run_day(where, request, notifying=False))
    return reports


def rows(report, trigger):
    return [(row.scope, row.value, row.limit, row.fired) for row in report.triggers if row.trigger == trigger]


@pytest.fixture(scope="module")
def cooled(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("cooled"))
    return desk, days_in_a_row(desk, "cooldown = 2", [FIRST, SECOND, THIRD])


@pytest.mark.long
def test_a_cooldown_keeps_the_next_session_back_and_says_so(cooled):
    _, (first, second, third) = cooled
    assert first.status == third.status == "recommended"
    assert second.status == "no_action"
    assert rows(first, "cooldown") == [("portfolio", None, 2.0, False)]
    assert rows(second, "cooldown") == [("portfolio", 1.0, 2.0, True)]
    assert rows(third, "cooldown") == [("portfolio", 2.0, 2.0, False)]
    assert called_for(second) == (
        "Cooldown: 1 of 2 sessions since the last recommended rebalance: "
        "nothing is proposed before they have passed."
    )


@pytest.mark.long
def test_what_was_wholly_rejected_before_the_run_was_opened_starts_no_cooldown(cooled, tmp_path):
    ran, (first, *_) = cooled
    desk = Desk(shutil.copytree(ran.folder, tmp_path / "desk"))

    def second(*rejected):
        context = desk.at(evening(FIRST)).context()
        answered.decide(context, first.run_id, Wish("rejected", Actor.typed("Ada"), rejected, "not now"))
        return days_in_a_row(desk, "cooldown = 2", [SECOND])[0]

    kept_back = second("AAA", "BBB")  # CCC may still be bought
    free = second("CCC")
    assert (kept_back.status, free.status) == ("no_action", "recommended")
    assert rows(free, "cooldown") == [("portfolio", None, 2.0, False)]
    for report in (kept_back, free):  # what was rejected later changes nothing
        assert replay(desk.context(), report.run_id).difference is None


@pytest.mark.long
def test_a_cooldown_is_replayed_from_what_the_run_stored(cooled):
    desk, (first, second, *_) = cooled
    desk.sql("update runs set status = 'failed' where run_id = ?", first.run_id)
    assert replay(desk.context(), second.run_id).difference is None


def test_every_rule_is_recorded_and_when_comes_last(desk: Desk):
    file = desk.portfolio(tables="[rebalance]\nwhen = 'band and total_drift'\ntotal_drift = 0.3\n")
    report = desk.day(market(), file)
    # AAA 20 points over, BBB 10 and CCC 15 under, of 100,000: together 45, half of it 22.5
    assert rows(report, "band") == [
        ("AAA", pytest.approx(0.20), 0.05, True),
        ("BBB", pytest.approx(0.10), 0.05, True),
        ("CCC", pytest.approx(0.15), 0.05, True),
    ]
    assert rows(report, "total_drift") == [("portfolio", pytest.approx(0.225), 0.3, False)]
    assert report.triggers[-1].trigger == "when"
    assert not report.triggers[-1].fired
    assert report.trades == []
    assert called_for(report).startswith(
        "Not met: rebalance when band and total_drift; fired: band (AAA, BBB"
    )


def test_bands_of_a_symbols_and_of_a_class_own(desk: Desk):
    file = desk.portfolio(tables="[[asset_class]]\nname = 'aaa'\nband_absolute = 0.25\nband_relative = 1.0\n")
    text = file.read_text().replace(
        'symbol = "BBB"', 'symbol = "BBB"\nband_absolute = 0.12\nband_relative = 1.0'
    )
    file.write_text(text)
    bands = {(row.level, row.key): (row.band, row.breached) for row in desk.day(market(), file).drift}
    assert bands["asset_class", "aaa"] == (0.25, False)
    assert bands["instrument", "BBB"] == (0.12, False)
    assert bands["instrument", "AAA"] == (0.05, True)


def test_cash_that_is_needed_is_raised_by_selling_what_is_furthest_above(desk: Desk):
    # 5,000 of cash, 1,000 of buffer, 10,000 needed: 6,000 are missing, 6,030.15 at the limit of 99.5% of the
    # close: 60 AAA. Its band of 30 points and the others' are wide enough for what is left.
    policy = "[rebalance]\nwhen = 'cash_flow or band'\ncash_flow = 0.02\ncash_first = true\n"
    policy += "band_absolute = 0.3\nband_relative = 1.0\n"
    report = desk.day(market(), desk.portfolio(head="cash_needed = 10000.0", tables=policy))
    assert proposed(report) == [("AAA", "SELL", 60.0, 99.5)]
    assert rows(report, "cash_flow") == [("portfolio", pytest.approx(-0.06), 0.02, True)]
    assert report.trades[0].reason.endswith("sell for the cash that is missing")
    assert replay(desk.context(), report.run_id).difference is None


def test_a_run_from_before_the_triggers_is_shown_and_replayed(desk: Desk):
    report = desk.day(market())
    desk.sql("delete from triggers")
    desk.sql(
        "update runs set last_rebalance = null, "
        'config = json_merge_patch(config, \'{"rebalance": {"when": null}}\')'
    )
    assert proposed(report) == TRADES
    assert replay(desk.context(), report.run_id).difference is None
