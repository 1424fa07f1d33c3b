"""The words of `ballast performance`."""

import json

import pytest
from typer.testing import CliRunner

from flows.commands.cli import app
from tests.tasks.desk import Desk, market, sessions

BEFORE, LAST = sessions(2)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("performance"))
    desk.day(market(), desk.portfolio())
    desk.decision(desk.portfolio(), BEFORE)
    desk.day(market(), desk.portfolio())
    return desk.home


def invoke(home, *words):
    return CliRunner().invoke(app, ["performance", *words, "--home", str(home)], env={"COLUMNS": "110"})


def test_one_object_has_what_the_contract_lists(home):
    found = json.loads(invoke(home, "trio", "--json").stdout)
    assert {
        "schema", "portfolio", "start", "end", "twr", "mwr", "cagr", "volatility", "sharpe", "max_drawdown",
        "benchmark", "same_policy", "tracking_error", "information_ratio", "months", "attribution",
    } <= {*found}  # fmt: skip
    assert {"value", "from", "to"} <= {*found["max_drawdown"]}
    for name in ("benchmark", "same_policy"):
        assert {"symbol", "return", "cagr", "volatility", "max_drawdown"} <= {*found[name]}
    assert {*found["months"][0]} == {"month", "portfolio", "benchmark"}
    assert {"asset_class", "allocation", "selection", "interaction"} <= {*found["attribution"][0]}
    assert (found["schema"], found["start"], found["end"]) == (1, str(BEFORE), str(LAST))
    assert json.loads(invoke(home, "--portfolio", "trio", "--since", str(BEFORE), "--json").stdout) == found


def test_people_read_tables(home):
    shown = invoke(home, "trio").stdout
    for words in (
        "Time-weighted",
        "strategic weights",
        "Brinson-Fachler",
        "performance trio --start",
    ):
        assert words in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["trio", "--portfolio", "trio"], "name the portfolio once"),
        (["trio", "--start", "yesterday"], "is not a date"),
        (["quartet"], "has no finished run of its own day"),
    ],
)
def test_what_cannot_be_asked_ends_with_2(home, words, said):
    refused = invoke(home, *words).exception
    assert (refused.exit_code, said in str(refused)) == (2, True)
