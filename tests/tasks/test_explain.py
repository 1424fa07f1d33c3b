"""The story of a bar, with numbers worked out by hand from what Apple traded at in 2020."""

from datetime import UTC, date, datetime, timedelta

import pytest

from quant.errors import InputError
from quant.people import Actor
from tasks.data.bar_history import explain
from tasks.data.quarantine import decide
from tests.tasks.desk import EVENING, SESSION, change, market
from tests.warehouse.deliveries import action, bar, deliver

TOLD = datetime(2020, 9, 1, 22, 30, tzinfo=UTC)
DAY = date(2020, 7, 31)
CLOSES = {
    DAY: 404.02,
    date(2020, 8, 6): 455.61,
    date(2020, 8, 7): 444.45,
    date(2020, 8, 28): 499.23,
    date(2020, 8, 31): 129.04,
}
ACTIONS = [
    action(0.82, symbol="AAPL", ex_date=date(2020, 8, 7)),
    action(4.0, "split", symbol="AAPL", ex_date=date(2020, 8, 31)),
]


@pytest.fixture
def context(desk):
    desk.home.mkdir(parents=True)
    context = desk.at(TOLD).context()
    bars = [bar(close, "AAPL", day) for day, close in CLOSES.items()]
    adjusted = [{"symbol": "AAPL", "session": DAY, "adj_close": 100.8}]
    deliver(context.warehouse, bars, actions=ACTIONS, adjusted=adjusted, now=TOLD)
    return context


def test_adjustments_are_worked_out_step_by_step(context):
    [chapter] = explain(context, "AAPL", DAY, None).chapters
    found = chapter.adjusted
    assert (found.traded, found.split, found.vendor) == (404.02, pytest.approx(101.005), 100.8)
    dividend, split = found.steps
    assert (dividend.kind, dividend.value, dividend.ex_date) == ("dividend", 0.82, date(2020, 8, 7))
    assert dividend.factor == pytest.approx(1 - 0.82 / 455.61)
    assert dividend.adjusted == pytest.approx(404.02 * (1 - 0.82 / 455.61))
    assert (split.kind, split.value, split.factor) == ("split", 4.0, 0.25)
    assert split.adjusted == pytest.approx(found.total) == pytest.approx(101.005 * (1 - 0.82 / 455.61))


def test_an_action_of_the_day_itself_adjusts_only_the_days_before(context):
    [chapter] = explain(context, "AAPL", date(2020, 8, 31), None).chapters
    assert [row.value for row in chapter.adjusted.own] == [4.0]
    assert chapter.adjusted.steps == ()
    assert chapter.adjusted.split == 129.04


def test_every_version_is_told_with_what_it_was_compared_with(context):
    later = TOLD + timedelta(days=1)
    deliver(context.warehouse, [bar(450.0, "AAPL", date(2020, 8, 6), volume=7.0)], batch_id="two", now=later)
    [chapter] = explain(context, "AAPL", date(2020, 8, 6), None).chapters
    first, second = chapter.versions
    assert (first.known_from, first.known_to, second.known_to) == (TOLD, later, None)
    assert second.changed == ("open", "high", "low", "close", "volume")
    assert (first.batch_id, second.batch_id, first.digest) == ("one", "two", "d" * 64)
    assert first.reference.close == pytest.approx(404.02)
    assert first.reference.move == pytest.approx(455.61 / 404.02 - 1)
    assert (first.reference.sigma, first.reference.bound) == (None, 0.25)
    assert explain(context, "AAPL", DAY, None).chapters[0].versions[0].reference is None, "its first bar"


def test_the_nearest_is_named(context):
    with pytest.raises(InputError, match=r"nothing is stored of 'AAPPL': the nearest symbol is AAPL\."):
        explain(context, "AAPPL", DAY, None)
    with pytest.raises(
        InputError, match=r"no bar on 2020-08-03: the nearest sessions.*2020-07-31 and 2020-08-06\."
    ):
        explain(context, "AAPL", date(2020, 8, 3), None)
    with pytest.raises(InputError, match=r"no bar on 2020-09-01: the nearest sessions.* are 2020-08-31\."):
        explain(context, "AAPL", date(2020, 9, 1), None)


def test_a_rejected_bar_has_a_story_and_so_have_its_users(desk):
    frame = change(market(), "CCC", SESSION, open=33.0, high=33.1, low=32.9, close=33.0)
    first = desk.day(frame)
    [chapter] = explain(desk.context(), "CCC", SESSION, None).chapters
    assert chapter.versions == ()
    assert chapter.adjusted is None
    [row] = chapter.rejected
    assert [broken.rule for broken in row.rules] == ["move_bound"]

    decide(
        desk.at(EVENING + timedelta(hours=1)).context(), [row.id], "accepted", "Confirmed", Actor.typed("ops")
    )
    second = desk.at(EVENING + timedelta(hours=2)).day(frame)

    [chapter] = explain(desk.context(), "CCC", SESSION, None).chapters
    [version] = chapter.versions
    assert (version.accepted, version.page) == ("ops: Confirmed", None)
    assert [use.run_id for use in version.runs] == [second.run_id]
    assert version.reference.move == pytest.approx(33 / 20.04 - 1)
    [before] = explain(desk.context(), "BBB", SESSION, None).chapters
    assert before.versions[0].page == desk.home / "data-docs" / "batches" / f"{first.run_id}.html"
    assert {use.run_id for use in before.versions[0].runs} == {first.run_id, second.run_id}
