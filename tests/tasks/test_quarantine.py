"""Decisions about rejected rows: the accepted are known from then on, and nothing known before changes."""

from datetime import date, timedelta

import pytest

from quant.errors import InputError
from quant.people import Actor
from tasks.data.quarantine import decide, listing
from tasks.record.replay import replay
from tests.tasks.desk import EVENING, SESSION, change, market, rules, sessions
from warehouse.record.verify import verify

LATER = EVENING + timedelta(hours=1)
JUMP = {"open": 33.0, "high": 33.1, "low": 32.9, "close": 33.0}


def jumped(**values):
    """CCC jumps to 33 after 20 on the session, beyond the move bound."""
    return change(market(), "CCC", SESSION, **JUMP | values)


def accept(desk, *ids, reason="The exchange confirms it", by="ops", now=LATER):
    return decide(desk.at(now).context(), ids, "accepted", reason, Actor.typed(by))


def reject(desk, *ids, reason="A typing error", by="ops"):
    return decide(desk.at(LATER).context(), ids, "rejected", reason, Actor.typed(by))


def waiting(desk, every=False):
    return listing(desk.context(), None, every=every)


@pytest.mark.long
def test_an_accepted_bar_is_used_and_told_from_then_on(desk):
    before = desk.day(jumped())
    assert rules(before) == [("CCC", str(SESSION), "move_bound")]
    assert before.status == "held"
    [row] = waiting(desk)
    assert (row.symbol, row.session, row.close, row.deliveries) == ("CCC", SESSION, 33.0, 1)
    assert row.rules[0].value == pytest.approx(33 / 20.04 - 1)
    assert "within 25% of its reference" in row.rules[0].words

    [decided] = accept(desk, row.id[:8])

    assert (decided.decision, decided.decided_by) == ("accepted", "ops")
    assert waiting(desk) == []
    after = desk.at(LATER + timedelta(hours=1)).day(jumped())
    assert after.data.quarantined == []
    assert after.status == "recommended"
    assert (after.data.rows_new, after.data.rows_restated) == (0, 0)
    [said] = after.data.accepted
    assert (said.symbol, said.session, said.by, said.reason) == (
        "CCC", str(SESSION), "ops", "The exchange confirms it",
    )  # fmt: skip
    for report in (before, after):
        assert replay(desk.context(), report.run_id).difference is None
    assert desk.sql(
        "select close, known_from, known_to from bars where symbol = 'CCC' and session = $1", SESSION
    ) == [(33.0, LATER.replace(tzinfo=None), None)]


@pytest.mark.long
def test_other_values_are_judged_anew(desk):
    desk.day(jumped())
    accept(desk, waiting(desk)[0].id)
    after = desk.at(LATER + timedelta(hours=1)).day(jumped(close=33.05))
    assert rules(after) == [("CCC", str(SESSION), "move_bound")]
    assert after.status == "held"
    assert [row.close for row in waiting(desk)] == [33.05]
    assert len(waiting(desk, every=True)) == 2


def test_an_accepted_row_restates_what_was_known(desk):
    first = desk.day(market())
    second = desk.at(LATER).day(jumped())
    accept(desk, waiting(desk)[0].id, now=LATER + timedelta(hours=1))
    versions = desk.sql(
        "select close, known_to is null from bars where symbol = 'CCC' and session = $1 order by known_from",
        SESSION,
    )
    assert versions == [(20.0, False), (33.0, True)]
    assert desk.sql("select rows_new, rows_restated from batches where batch_id like 'accepted-%'") == [
        (0, 1)
    ]
    _, invariants = verify(desk.context().warehouse.read, LATER + timedelta(hours=1))
    assert not [one for one in invariants if one.broken]
    for report in (first, second):
        assert replay(desk.context(), report.run_id).difference is None
    assert desk.at(LATER + timedelta(hours=2)).day(market()).data.accepted == [], (
        "the vendor restated it since"
    )


@pytest.mark.long
def test_an_accepted_row_is_not_repaired(desk):
    day, prices = sessions(5)[0], {"open": 20.0, "high": 20.02, "low": 19.98, "close": 20.0}
    frame = change(market(), "CCC", day, **{field: price * 100 for field, price in prices.items()})
    assert ("CCC", str(day), "unit_100x") in rules(desk.day(frame))
    [row] = waiting(desk)
    assert any(broken.proposed for broken in row.rules)
    accept(desk, row.id)
    mending = desk.portfolio(name="mending", tables='[data]\nrepair = "certain"\n')
    report = desk.at(LATER + timedelta(hours=1)).day(frame, mending)
    assert report.data.repaired == report.data.quarantined == []
    assert desk.sql("select close from bars where symbol = 'CCC' and session = $1", day) == [(2000.0,)]


def test_a_rejected_row_stays_out_and_is_not_listed_again(desk):
    desk.day(jumped())
    reject(desk, waiting(desk)[0].id)
    after = desk.at(LATER).day(jumped())
    assert after.status == "held"
    assert rules(after) == [("CCC", str(SESSION), "move_bound")]
    assert waiting(desk) == []
    [row] = waiting(desk, every=True)
    assert (row.decision, row.reason, row.deliveries) == ("rejected", "A typing error", 2)


@pytest.mark.long
def test_the_clock_that_goes_back_breaks_no_order(desk):
    desk.day(jumped())
    accept(desk, waiting(desk)[0].id, now=EVENING - timedelta(days=1))
    known = [instant for (instant,) in desk.sql("select known_from from batches order by rowid")]
    assert known == sorted(set(known))


@pytest.mark.long
def test_an_accepted_dividend_is_an_action(desk):
    """Told before the first price, so that nothing says whether the price fell by it."""
    ex_date = sessions()[0]
    frame = change(market(dividend=0.0), "AAA", ex_date, dividend=60.0)
    assert rules(desk.day(frame)) == [("AAA", str(ex_date), "payout")]
    [row] = waiting(desk)
    assert (row.kind, row.amount) == ("dividend", 60.0)
    accept(desk, row.id)
    assert desk.sql("select kind, value, known_to from actions where symbol = 'AAA'") == [
        ("dividend", 60.0, None)
    ]
    assert desk.at(LATER + timedelta(hours=1)).day(frame).data.quarantined == []
    assert desk.sql("select count(*) from actions") == [(1,)]


def test_a_row_that_is_no_bar_cannot_be_accepted(desk):
    cases = [
        ({"close": -1.0}, "a bar needs a close above 0"),
        ({"low": 0.0}, "a price, where given, must be above 0"),
        ({"volume": -5.0}, "a volume, where given, must be at least 0"),
        ({"close": None}, "a bar needs a close above 0"),
    ]
    days = [date(2024, 6, 25), date(2024, 6, 26), date(2024, 6, 27), SESSION]
    frame = market()
    for day, (values, _) in zip(days, cases, strict=True):
        frame = change(frame, "CCC", day, **values)
    desk.day(frame)
    rows = {row.session: row for row in waiting(desk)}
    assert sorted(rows) == days
    for day, (_, why) in zip(days, cases, strict=True):
        with pytest.raises(InputError, match=rf"CCC {day}\) cannot be accepted: {why}"):
            accept(desk, rows[day].id)
        reject(desk, rows[day].id)


def test_a_decision_stays(desk):
    desk.day(jumped())
    [row] = waiting(desk)
    reject(desk, row.id, by="ada")
    for decision in (accept, reject):
        with pytest.raises(
            InputError, match=r"CCC 2024-06-28\) was rejected by ada on 2024-06-28: 'A typing error'"
        ):
            decision(desk, row.id)


def test_what_is_not_said_well_is_refused_and_nothing_is_written(desk):
    desk.day(change(jumped(), "BBB", SESSION, close=90.0, high=90.0))
    first, second = waiting(desk)
    with pytest.raises(InputError, match="no quarantined row has the id 'nonsense'"):
        accept(desk, first.id, "nonsense")
    with pytest.raises(InputError, match="no quarantined row has the id ''"):
        accept(desk, "")
    with pytest.raises(InputError, match="the reason is empty"):
        accept(desk, first.id, reason=" ")
    with pytest.raises(InputError, match="the name of who decides is empty"):
        accept(desk, first.id, by="")
    assert len(waiting(desk)) == 2
    assert desk.sql("select count(*) from decisions") == [(0,)]
    accept(desk, first.id, second.id, first.id)
    assert desk.sql("select count(*) from decisions") == [(2,)]
