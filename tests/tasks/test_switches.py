"""The kill switches, and the life of a portfolio that is disabled, over sessions of the desk."""

import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console

from flows.terminal.digest import render
from quant.errors import InputError
from quant.people import Actor
from tasks.decisions.halts import disabled, files, kill_switch, still_on
from tasks.outbox.halted import switch
from tasks.record import ledger
from tasks.record.replay import replay
from tasks.report.digest import digest
from tasks.report.find_report import find_report
from tasks.report.formats import blockkit, markdown
from tests.tasks.desk import EVENING, Desk, held, market, sessions


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "HOME/KILL exists"), (" \n", "HOME/KILL exists"), ("\nwar\nmore", "war"), ("x" * 300, "x" * 200)],
)
def test_the_kill_switch_gives_its_first_line_as_the_reason(tmp_path, text, reason):
    (tmp_path / "KILL").write_text(text)
    assert kill_switch(tmp_path, "trio") == reason


def test_a_kill_switch_that_cannot_be_read_is_on(tmp_path):
    assert kill_switch(tmp_path, "trio") is None
    (tmp_path / "KILL").mkdir()
    assert re.fullmatch(r"HOME/KILL cannot be read \(.+\)", kill_switch(tmp_path, "trio") or "")


def test_a_kill_switch_of_any_bytes_is_on(tmp_path):
    (tmp_path / "KILL").write_bytes(b"\xff\xfe stop")
    assert (kill_switch(tmp_path, "trio") or "").endswith("stop")


def test_a_file_with_a_portfolios_name_halts_that_one_alone(tmp_path):
    (tmp_path / "KILL.trio").write_text("until Monday")
    assert kill_switch(tmp_path, "trio") == "until Monday"
    assert kill_switch(tmp_path, "core") is None
    (tmp_path / "KILLED").touch()  # no switch
    assert files(tmp_path) == [("trio", tmp_path / "KILL.trio", "until Monday")]


TIGHT = "[risk]\nmax_order_value = 20000.0\n"  # holds the sale of AAA, worth 20,500
DAYS = sessions(5)


@pytest.fixture(scope="module")
def life(tmp_path_factory):
    """Blocked on three sessions, one of them run twice; disabled on the fourth, enabled for the fifth."""
    desk = Desk(tmp_path_factory.mktemp("life"))
    file = desk.portfolio(tables=TIGHT)
    desk.day(market(), desk.portfolio(name="feeder"))  # brings the bars
    done = [desk.decision(file, day) for day in (DAYS[0], DAYS[1], DAYS[1], DAYS[2], DAYS[3])]
    night = desk.at(EVENING - timedelta(hours=20))
    switch(night.context(), "trio", "enabled", Actor.typed(" Ada "), "the limit is right, the size was not")
    return desk, [*done, desk.decision(file, DAYS[4])]


@pytest.mark.long
def test_two_runs_of_a_session_count_once_and_the_third_session_disables(life):
    _, (first, _, again, third, *_) = life
    assert [report.status for report in life[1][:4]] == ["partial"] * 4
    assert first.disabled is None
    assert again.disabled is None
    runs = ", ".join(report.run_id for report in (first, again, third))
    assert third.disabled == (
        f"disabled since {DAYS[2]}: three blocked runs in a row: {runs} (`ballast enable trio` ends it)"
    )


def test_the_next_run_holds_everything_and_every_message_says_why(life):
    _, (*_, third, fourth, _) = life
    assert (fourth.status, fourth.disabled) == ("held", third.disabled)
    assert (
        held(fourth)["AAA"]
        == "max_order_value: value of the AAA order is 20,541.00, above the limit of 20,000.00 (and 1 more)"
    )
    assert {held(fourth)[name] for name in ("BBB", "CCC")} == {f"the kill switch is on: {third.disabled}"}
    shown = Console(width=400)
    with shown.capture() as text:
        shown.print(render(fourth, Path()))
    for message in (str(blockkit.render(digest(fourth))), markdown.render(digest(fourth)), text.get()):
        assert "three blocked runs in a row" in message


def test_who_enabled_it_is_in_the_next_report_and_counting_begins_anew(life):
    _, (*_, fifth) = life
    assert (fifth.status, fifth.disabled) == ("partial", None)
    assert (fifth.enabled.by, fifth.enabled.reason) == ("Ada", "the limit is right, the size was not")


def test_replay_finds_the_same_after_everything_was_enabled_again(life):
    desk, (*_, third, fourth, _) = life
    assert [replay(desk.context(), run.run_id).difference for run in (third, fourth)] == [None, None]
    assert ledger.verify(desk.context())[2].broken == 0


def test_a_run_of_before_is_shown_and_replayed(life, tmp_path):
    desk = Desk(shutil.copytree(life[0].folder, tmp_path / "old"))
    first = life[1][0]
    desk.sql("update runs set controls = null")
    report = find_report(desk.context(), first.run_id, None)
    assert (report.overrides, report.enabled, report.disabled) == ([], None, None)
    assert replay(desk.context(), first.run_id).difference is None


@pytest.mark.parametrize(
    ("portfolio", "state", "by", "reason", "sentence"),
    [
        ("trio", "enabled", "Ada", "why not", "'trio' is not disabled"),
        ("trio", "disabled", " ", "why not", "the name of who decides is empty"),
        ("trio", "disabled", "Ada", "", "the reason is empty"),
        (
            "tiro",
            "disabled",
            "Ada",
            "why not",
            "there is no portfolio 'tiro': name one of core, feeder, trio, or all",
        ),
    ],
)
def test_what_cannot_be_switched_is_refused(life, portfolio, state, by, reason, sentence):
    with pytest.raises(InputError, match=re.escape(sentence)):
        switch(life[0].context(), portfolio, state, Actor.typed(by), reason)


def test_all_portfolios_are_disabled_and_a_file_holds_what_was_enabled(life, tmp_path):
    desk = Desk(shutil.copytree(life[0].folder, tmp_path / "all"))
    switch(desk.context(), "all", "disabled", Actor.typed("Ada"), "the custodian is down")
    with desk.visit() as db:
        assert "all portfolios are disabled since" in str(disabled(db, "trio"))
    with pytest.raises(InputError, match="'all' needs no disabling: all portfolios are disabled since"):
        switch(desk.context(), "all", "disabled", Actor.typed("Ada"), "once more")
    (desk.home / "KILL").touch()
    switch(desk.context(), "all", "enabled", Actor.typed("Bob"), "it is back")
    assert still_on(desk.context(), "trio") == f"{desk.home / 'KILL'} exists: remove it to resume"
