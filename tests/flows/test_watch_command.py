"""`ballast watch --replay` and `--once`: what a session was, told to nobody."""

import json

import pytest
from typer.testing import CliRunner

from flows.commands.cli import app
from quant.errors import InputError
from tests.tasks.desk import Desk, market
from tests.tasks.watch.session import FALL, TODAY, at, bars, calm, fallen


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A desk whose CCC falls by 8% in the session after its last one."""
    desk = Desk(tmp_path_factory.mktemp("watched"))
    desk.day(market(), desk.portfolio())
    desk.prices(bars(fallen(calm(), "CCC", 0.08)), "minutes")
    return desk


def run(desk, *arguments):
    given = ["watch", "--portfolio", str(desk.folder / "trio.toml"), "--home", str(desk.home), *arguments]
    return CliRunner().invoke(app, given, catch_exceptions=True)


def played(desk, *arguments):
    source = f"files:{desk.folder / 'minutes.parquet'}"
    done = run(desk, "--replay", TODAY.isoformat(), "--source", source, *arguments)
    assert done.exception is None, done.output
    return done.output


def test_a_replay_says_what_fell_and_stores_nothing(desk):
    before = desk.sql("select count(*) from alert_states")
    said = played(desk)
    assert "critical worse: CCC fell" in said
    assert "resolved: CCC fell 8." in said
    assert "XNYS 2024-07-01: 390 minutes, 3 symbols, 1 fall, 1 confirmed critical." in said
    assert "Bars: 1,170 used." in said
    assert desk.sql("select count(*) from alert_states") == before
    assert not (desk.home / "watch").exists()


def test_a_part_of_a_session_ends_where_it_is_asked_to(desk):
    found = json.loads(played(desk, "--at", at(FALL + 2).isoformat(), "--json"))
    assert (found["minutes"], found["is_over"]) == (FALL + 2, False)
    assert [one["change"] for one in found["falls"]] == ["fired"]
    assert found["falls"][0]["at"] == at(FALL + 2).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert found["bars"]["taken"] > 900


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--replay", "2024-07-04"], "session 2024-07-04 is not a trading day of XNYS"),
        (["--replay", "yesterday"], "--replay 'yesterday' is not a date"),
        (["--replay", "2024-07-01", "--once"], "--replay and --once exclude each other"),
        (["--at", "2024-07-01T15:00Z"], "--at and --speed belong to --replay or --once"),
        (["--once", "--at", "noon"], "--at 'noon': write an instant with its offset"),
        (["--replay", "2024-07-01", "--speed", "-1"], "--speed -1: write 0"),
        (["--replay", "2024-07-01", "--at", "2024-07-05T15:00Z"], "is not in the session of 2024-07-01"),
        (["--replay", "2024-07-01", "--at", "2999-07-05T15:00Z"], "lies ahead"),
        (["--replay", "2024-07-01", "--source", "bundled"], "source 'bundled' has no minute bars"),
        (["--replay", "2024-07-01", "--calendar", "XLON"], "no portfolio has a symbol on XLON"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(desk, arguments, said):
    done = run(desk, *arguments)
    assert isinstance(done.exception, InputError)
    assert said in str(done.exception)


def test_a_session_without_a_bar_says_so(desk):
    source = f"files:{desk.folder / 'minutes.parquet'}"
    done = run(desk, "--replay", "2024-06-27", "--source", source)
    assert isinstance(done.exception, InputError)
    assert "has no minute bar of 2024-06-27" in str(done.exception)
