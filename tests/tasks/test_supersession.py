"""One live recommendation: what a newer run replaces, and what it falls with. Orders of AAA, BBB and CCC."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from config import portfolio_file as portfolios
from quant.errors import InputError
from quant.people import Actor
from tasks.fills import cancellation
from tasks.outbox.notify import notify
from tasks.record import ledger
from tasks.report.assemble import assemble
from tasks.report.find_report import find_report
from tasks.report.words.wording import decision
from tasks.run import run_list
from tasks.run.lifecycle import close_run, open_run
from tests.tasks.desk import EVENING, HOLDINGS, SESSION
from tests.tasks.importing import decide, entries, take
from warehouse import runs
from warehouse.tables import table
from warehouse.tables.found import CheckRow, Trade

ALL = ["AAA", "BBB", "CCC"]
BEFORE, AFTER = "2024-06-29T13:00:00Z", "2024-06-29T15:00:00Z"
NOON = EVENING.replace(day=29, hour=14)
"""When the newer run ends: the instants lie before and after it, all before the orders expire."""


def begun(day, now=NOON, status="proposed", **changes):
    """A newer run that found what the day's did and has not ended; no trade where `status` is None."""
    desk = day[0].at(now)
    [(batch, source), *_] = desk.sql("select batch_id, source from batches")
    request = desk.order(desk.folder / "trio.toml", source, changes.pop("session", SESSION))
    run_id = open_run(desk.context(), replace(request, **changes))
    with desk.visit() as db:
        runs.ingested(db, run_id, batch, None, now)
        trades = table.of_run(db, day[1], Trade)
        rows = [replace(row, status=status, held_because="bad data") for row in trades if status]
        table.replace(db, run_id, Trade, rows)
        table.replace(db, run_id, CheckRow, table.of_run(db, day[1], CheckRow))
    return desk, run_id


def ended(newer, error=None):
    desk, run_id = newer
    close_run(desk.context(), run_id, error)
    return desk.at(desk.now + timedelta(hours=2)), run_id


def states(day):
    desk, run_id = day
    return {row.symbol: row.state for row in find_report(desk.context(), run_id, None).trades}


def replaced_by(day):
    desk, run_id = day
    return {one.run_id: one.superseded_by for one in run_list.listing(desk.context(), None, None)}[run_id]


def holdings(day):
    lines = (day[0].folder / "trio.csv").read_text().split()[1:]
    return {symbol: float(quantity) for symbol, quantity in (line.split(",")[:2] for line in lines)}


def test_a_newer_run_replaces_what_is_open_in_the_ledger(day):
    decide(day, "approved", "AAA")
    decide(day, "rejected", "BBB")
    assert states(day)["AAA"] == "approved"
    newer = ended(begun(day))
    old = newer[0], day[1]
    assert states(old) == {"AAA": "superseded", "BBB": "rejected", "CCC": "superseded"}
    assert states(newer) == dict.fromkeys(ALL, "proposed")
    last = entries(newer)[-1]
    assert (last.kind, last.subject, last.at) == ("supersession", day[1], NOON)
    assert (last.payload["by_run"], last.payload["open"], last.payload["approved"]) == (
        newer[1],
        ["AAA", "CCC"],
        ["AAA"],
    )
    assert (replaced_by(old), replaced_by(newer)) == (newer[1], None)
    report = find_report(newer[0].context(), day[1], None)
    assert (report.superseded_by, report.withdrawn) == (newer[1], None)
    assert decision(report) == "REPLACED by a newer run"
    assert ledger.verify(newer[0].context())[2].broken == 0
    for choice in ("approved", "rejected"):
        with pytest.raises(InputError, match=f"SELL AAA of run {day[1]} was replaced by run {newer[1]} on"):
            decide(old, choice, "AAA")
    assert [one.state for one in decide(newer, "approved")] == ["approved"] * 3


def test_its_message_says_what_it_replaces(day):
    decide(day, "approved", "AAA")
    desk, run_id = begun(day)
    notify(desk.context(), run_id)
    said = f"It replaces run {day[1]} (AAA, BBB, CCC, of which AAA approved): do not trade that any more."
    [preview] = desk.home.glob("previews/*.json")
    assert said in preview.read_text()
    assert "replaces" not in find_report(ended((desk, run_id))[0].context(), run_id, None).model_dump()


@pytest.mark.parametrize(
    ("changes", "error", "replaces"),
    [
        ({}, None, True),
        ({"status": "held"}, None, True),  # the older trades have no better data
        ({"status": None}, None, True),
        ({}, "the vendor fell over", False),
        ({"historical": True}, None, False),
    ],
    ids=["recommends", "held", "nothing to trade", "failed", "for study"],
)
def test_what_ends_well_and_is_for_trading_replaces(day, changes, error, replaces):
    newer = ended(begun(day, **changes), error)
    assert set(states((newer[0], day[1])).values()) == {"superseded" if replaces else "proposed"}
    assert replaced_by((newer[0], day[1])) == (newer[1] if replaces else None)


def test_neither_a_cooldown_nor_a_row_of_repeats_counts_what_was_replaced(day):
    newer = ended(begun(day, status=None))
    later = begun(newer, EVENING.replace(month=7, day=1), session=date(2024, 7, 1))
    assert later[0].rows("run", run_id=later[1])[0]["last_rebalance"] is None
    assert later[0].rows("orders_waiting", run_ids=[day[1]]) == []


def test_a_cooldown_counts_what_expired_and_what_was_done(day):
    take(day, "RUN,AAA,SELL,100,99.8,,,x1")
    newer = ended(begun(day, status=None))
    later = begun(newer, EVENING.replace(month=7, day=1), session=date(2024, 7, 1))
    assert later[0].rows("run", run_id=later[1])[0]["last_rebalance"] == SESSION


def test_a_run_of_another_portfolio_replaces_nothing(day):
    desk, _ = day
    file = desk.portfolio(name="other")
    other = ended(begun(day, portfolio=portfolios.read(file)))
    assert set(states((other[0], day[1])).values()) == {"proposed"}


def test_a_run_that_ends_after_a_newer_one_is_replaced_at_once(day):
    older = begun(day, NOON - timedelta(minutes=5))
    newer = ended(begun(day))
    late = ended((newer[0], older[1]))
    assert set(states(late).values()) == {"superseded"}
    assert replaced_by(late) == newer[1]
    assert set(states((late[0], newer[1])).values()) == {"proposed"}


def test_studies_of_a_session_replace_each_other(day):
    first = ended(begun(day, historical=True))
    second = ended(begun(first, first[0].now, historical=True))
    assert (replaced_by(first), replaced_by((second[0], day[1]))) == (second[1], None)


def test_what_expired_before_is_not_superseded(day):
    newer = ended(begun(day, EVENING.replace(month=7, day=1), session=date(2024, 7, 1)))
    assert set(states((newer[0], day[1])).values()) == {"expired"}
    assert replaced_by((newer[0], day[1])) == newer[1]


def test_a_fill_of_before_is_booked_and_the_newer_run_is_withdrawn(day):
    newer = ended(begun(day))
    notify(newer[0].context(), newer[1])
    old = newer[0], day[1]
    done = take(old, f"RUN,AAA,SELL,205,99.8,,{BEFORE},x1")
    assert (len(done.fills), done.withdrawn) == (1, (newer[1],))
    assert holdings(day)["AAA"] == HOLDINGS["AAA"] - 205
    assert states(old) == {"AAA": "executed", "BBB": "superseded", "CCC": "superseded"}
    assert states(newer) == dict.fromkeys(ALL, "withdrawn")
    report = find_report(newer[0].context(), newer[1], None)
    assert report.withdrawn == f"it did not know of a fill of run {day[1]} (SELL 205 AAA)"
    previews = [file.read_text() for file in sorted(newer[0].home.glob("previews/*.json"))]
    assert sum("Trade nothing of it; run the day again" in text for text in previews) == 1
    with pytest.raises(InputError, match=r"SELL AAA of run .* is withdrawn: it did not .* Run the day again"):
        decide(newer, "approved")
    assert [file.read_text() for file in sorted(newer[0].home.glob("previews/*.json"))] == previews
    with pytest.raises(
        InputError, match=rf"{newer[1]} was withdrawn by Bob on .*, and filled_at 2024-06-29T17"
    ):
        take(newer, "RUN,AAA,SELL,5,99.8,,2024-06-29T17:00:00Z,x2")
    assert ledger.verify(newer[0].context())[2].broken == 0


def test_a_withdrawal_is_not_told_where_nobody_was_told_what_to_trade(day):
    newer = ended(begun(day))
    take((newer[0], day[1]), f"RUN,AAA,SELL,205,99.8,,{BEFORE},x1")
    assert not [*newer[0].home.glob("previews/*.json")]


@pytest.mark.parametrize(
    ("moment", "sentence"),
    [
        (AFTER, "filled_at 2024-06-29T15:00:00\\+00:00 is after that. If it was traded anyway"),
        ("2024-06-30", "filled_at 2024-06-30 is after that"),
        ("2024-06-29", "executed before that. Give filled_at with its time. If it was traded"),
        ("", "executed before that. Give filled_at with its time"),
    ],
)
def test_a_fill_of_later_is_refused_unless_it_really_happened(day, moment, sentence):
    newer = ended(begun(day))
    old = newer[0].at(NOON + timedelta(days=2)), day[1]
    row = f"RUN,AAA,SELL,205,99.8,,{moment},x1"
    before = entries(old), holdings(day)
    with pytest.raises(InputError, match=f"{day[1]} was superseded by run {newer[1]} .*, and .*{sentence}"):
        take(old, row)
    assert (entries(old), holdings(day)) == before
    done = take(old, row, superseded=True)
    assert (len(done.fills), holdings(day)["AAA"]) == (1, HOLDINGS["AAA"] - 205)


def test_a_day_before_is_before(day):
    newer = ended(begun(day))
    assert take((newer[0], day[1]), "RUN,AAA,SELL,205,99.8,,2024-06-28,x1").withdrawn == (newer[1],)


def test_a_run_that_knows_a_fill_stands(day):
    take(day, "RUN,AAA,SELL,100,99.8,,,x1")
    newer = ended(begun(day))
    assert "withdrawn" not in states(newer).values()
    # what is left of the older order may not be done any more, and the message says so
    assert states((newer[0], day[1]))["AAA"] == "executed"
    assert entries(newer)[-1].payload["open"] == ALL
    with pytest.raises(InputError, match="was superseded"):
        take((newer[0], day[1]), f"RUN,AAA,SELL,105,99.8,,{AFTER},x2")


def test_a_fill_that_is_booked_while_a_run_works_withdraws_it(day):
    newer = begun(day)
    take(day, "RUN,AAA,SELL,205,99.8,,,x1")
    notify(newer[0].context(), newer[1])
    [preview] = newer[0].home.glob("previews/*.json")
    assert "Trade nothing of it; run the day again" in preview.read_text()
    assert set(states(ended(newer)).values()) == {"withdrawn"}


def test_a_run_stands_after_its_own_fills(day):
    newer = ended(begun(day))
    assert take(newer, f"RUN,AAA,SELL,205,99.8,,{AFTER},x1").withdrawn == ()
    assert states(newer) == {"AAA": "executed", "BBB": "proposed", "CCC": "proposed"}


def test_a_fill_that_is_taken_back_withdraws_the_run_that_knew_it(day):
    take(day, "RUN,AAA,SELL,205,99.8,,,x1")
    newer = ended(begun(day))
    done = cancellation.cancel(newer[0].context(), "x1", Actor.typed("Ada"), "busted")
    assert done.withdrawn == (newer[1],)
    reason = find_report(newer[0].context(), newer[1], None).withdrawn
    assert reason == f"it did not know of the cancellation of a fill of run {day[1]} (SELL 205 AAA)"


def test_what_a_cancellation_opens_again_is_superseded(day):
    take(day, "RUN,AAA,SELL,205,99.8,,,x1")
    newer = ended(begun(day))
    cancellation.cancel(newer[0].context(), "x1", Actor.typed("Ada"), "busted")
    old = newer[0], day[1]
    assert states(old) == dict.fromkeys(ALL, "superseded")
    with pytest.raises(InputError, match=f"SELL AAA of run {day[1]} was replaced by run {newer[1]}"):
        decide(old, "approved", "AAA")


def test_runs_are_listed_newest_first_by_portfolio_and_session(day):
    newer = ended(begun(day))
    context = newer[0].context()
    assert [one.run_id for one in run_list.listing(context, "trio", None)] == [newer[1], day[1]]
    assert run_list.listing(context, None, EVENING.date() - timedelta(days=1)) == []
    with pytest.raises(InputError, match="portfolio 'tiro': no run of it was made; there are runs of trio"):
        run_list.listing(context, "tiro", None)


def test_a_report_of_a_run_at_work_tells_where_it_would_stand(day):
    desk, run_id = begun(day)
    with desk.visit() as db:
        report = assemble(db, run_id, desk.now)
    assert report.replaces == [f"run {day[1]} (AAA, BBB, CCC)"]
