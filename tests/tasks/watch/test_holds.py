"""Orders that are held while their symbol falls: at once, released by a recovery or by a person."""

from datetime import date

import pytest

from quant.errors import InputError
from quant.people import Actor
from tasks.decisions import fall_holds
from tasks.decisions.ruling import Wish
from tasks.outbox import answered
from tests.tasks.desk import market
from tests.tasks.watch.session import FALL, Killed, at, bars, calm, fallen
from tests.tasks.watch.test_live import SLACK, Day

PEOPLE = (
    '[[person]]\nname = "Ada"\nmay = ["approve", "override"]\n[[person]]\nname = "Bob"\nmay = ["approve"]\n'
)
ADA, BOB = Actor.typed("Ada"), Actor.typed("Bob")


def fell(day, minutes=6):
    """The watch up to a minute of the fall."""
    day.clock.stop = at(FALL + minutes)
    with pytest.raises(Killed):
        day.watch()


def market_fell(folder, slack):
    """The day of a fall of everything."""
    closes = calm()
    for symbol in ("AAA", "BBB", "CCC"):
        closes = fallen(closes, symbol, 0.12)
    day = Day(folder, slack, closes, tables=SLACK + PEOPLE)
    fell(day)
    return day


def held(day):
    with day.desk.visit() as db:
        return [one.symbol for run_id in db.column("run_latest_live", portfolio="trio")
                for one in fall_holds.standing(db, run_id)]  # fmt: skip


def kinds(day):
    return [
        kind
        for (kind,) in day.desk.sql("select kind from ledger order by seq")
        if kind in {"hold", "release"}
    ]


def approve(day, *symbols):
    return answered.decide(day.context, "latest", Wish("approved", ADA, symbols))


def test_nobody_approves_an_order_in_what_falls_until_it_has_recovered(slack, tmp_path):
    day = Day(tmp_path, slack, fallen(calm(), "CCC", 0.08), tables=SLACK + PEOPLE)
    fell(day)
    assert held(day) == ["CCC"]
    assert "held, because CCC fell" in str(day.first()["blocks"])
    with pytest.raises(InputError, match=r"BUY CCC of run .* is held, because CCC fell .* on 2024-07-01"):
        approve(day, "CCC")
    assert {one.symbol for one in approve(day)} == {"AAA", "BBB"}, "the others may be approved"
    fell(day, minutes=40)
    assert held(day) == []
    assert kinds(day) == ["hold", "release"]
    assert [one.symbol for one in approve(day, "CCC")] == ["CCC"]


def test_a_fall_that_does_not_recover_leaves_the_hold_to_people_who_may_override(slack, tmp_path):
    closes = fallen(calm(), "CCC", 0.08)
    closes[FALL + 4 :, 2] = closes[FALL + 4, 2]  # it stays where it fell to
    day = Day(tmp_path, slack, closes, tables=SLACK + PEOPLE)
    day.watch()
    [alert] = day.alerts()
    assert (alert.state, held(day)) == ("resolved", ["CCC"])
    with pytest.raises(InputError, match="Bob may not override checks"):
        fall_holds.release(day.context, alert.fingerprint, BOB, "the price is right")
    [one] = fall_holds.release(day.context, alert.fingerprint[:12], ADA, "the price is right")
    assert (one.symbol, held(day), kinds(day)) == ("CCC", [], ["hold", "release"])
    with pytest.raises(InputError, match="holds no order now"):
        fall_holds.release(day.context, alert.fingerprint, ADA, "again")
    day.watch()
    assert kinds(day) == ["hold", "release"], "the same fall holds nothing a second time"


def test_a_fall_of_the_market_holds_every_open_order(slack, tmp_path):
    day = market_fell(tmp_path, slack)
    assert {*held(day)} == {"AAA", "BBB", "CCC"}
    [market] = [one for one in slack.messages() if "thread_ts" not in one and "the market" in one["text"]]
    assert market["text"].startswith("CRITICAL: the market (XNYS) fell ")
    assert "AAA" in str(market["blocks"]), "the message of the market has the single names"


def test_a_run_that_replaces_the_one_whose_orders_are_held_is_held_too(slack, tmp_path):
    day = Day(tmp_path, slack, fallen(calm(), "CCC", 0.08), tables=SLACK + PEOPLE)
    fell(day)
    again = day.desk.at(day.clock.now()).day(market(), day.file)
    assert again.run_id
    assert held(day) == ["CCC"], "it knows the closes of before the fall only"
    with pytest.raises(InputError, match="is held, because CCC fell"):
        approve(day, "CCC")


def test_a_fall_that_was_never_confirmed_releases_what_it_held(slack, tmp_path):
    frame = bars(calm())
    wrong = (frame["symbol"] == "CCC") & (frame["instant"] == at(FALL))
    frame.loc[wrong, ["low", "close"]] *= 0.9  # one print
    day = Day(tmp_path, slack, calm(), tables=SLACK + PEOPLE, change=lambda _: frame)
    day.clock.stop = at(FALL + 1, 20)
    with pytest.raises(Killed):
        day.watch()
    assert (held(day), [one.confirmed for one in day.alerts()]) == (["CCC"], [False])
    day.watch()
    assert (held(day), kinds(day)) == ([], ["hold", "release"])
    assert all("<!here>" not in str(one) for one in slack.messages())


def test_an_order_that_its_symbol_and_the_market_hold_is_released_by_both(slack, tmp_path):
    day = market_fell(tmp_path, slack)
    assert {"AAA", "BBB", "CCC"} == set(held(day))
    fell(day, minutes=50)
    assert held(day) == []


def test_a_run_for_study_takes_no_hold_away(slack, tmp_path):
    day = Day(tmp_path, slack, fallen(calm(), "CCC", 0.08), tables=SLACK + PEOPLE)
    fell(day)
    study = day.desk.at(day.clock.now()).day(market(), day.file, session=date(2024, 6, 27))
    assert study.historical
    assert held(day) == ["CCC"]
    fell(day, minutes=40)
    assert held(day) == [], "the recovery finds what it held"


def test_of_two_desks_each_releases_its_own(slack, tmp_path):
    day = Day(tmp_path, slack, fallen(calm(), "CCC", 0.08), tables=SLACK + PEOPLE)
    other = day.desk.portfolio(name="other", tables=SLACK + PEOPLE.replace("Ada", "Eve"))
    day.desk.day(market(), other)
    day.file = [day.file, other]
    fell(day)
    [alert] = day.alerts()
    [one] = fall_holds.release(day.context, alert.fingerprint, ADA, "the price is right")
    assert "trio" in one.run_id
    with pytest.raises(InputError, match="'Ada' is not among the people of portfolio 'other'"):
        fall_holds.release(day.context, alert.fingerprint, ADA, "the price is right")
