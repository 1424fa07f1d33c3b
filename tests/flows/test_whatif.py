"""The words of `ballast whatif`: as a command, and as Slack's slash command has them."""

import json

import pytest
from typer.testing import CliRunner

from flows.commands.cli import app
from flows.commands.whatif import from_words
from quant.errors import InputError
from tasks.whatif.question import question
from tests.tasks.desk import TRADES, Desk, market


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("whatif"))
    desk.day(market(), desk.portfolio())
    return desk.home


def test_the_command_prints_one_object_or_a_table(home):
    # No file is called trio: the newest run of that name tells where its file lies.
    done = CliRunner().invoke(app, ["whatif", "trio", "--home", str(home), "--json"])
    found = json.loads(done.stdout)
    assert [
        (one["symbol"], one["side"], one["quantity"], one["limit_price"]) for one in found["trades"]
    ] == TRADES
    assert {"schema", "portfolio", "session", "before", "after", "trades", "cost", "tax"} <= {*found}
    assert {"value", "cash", "drift", "volatility"} <= {*found["before"]} == {*found["after"]}
    shown = CliRunner().invoke(
        app, ["whatif", "trio", "--deposit", "9000", "--home", str(home)], env={"COLUMNS": "80"}
    )
    assert "Deposit of 9,000.00 USD. Nothing is stored." in shown.stdout
    lines = [
        line for line in shown.stdout.splitlines() if not line.startswith("Prices of")
    ]  # a path stays whole
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("core", {}),
        ("core --deposit 10000 --rebalance", {"deposit": 10_000.0, "rebalance": True}),
        ("core \u2014withdraw 5e3 --up-to-gain 1000", {"withdraw": 5000.0, "up_to_gain": 1000.0}),
        (
            "core --target SPY=0.6 --target TLT=0.4 --set \u201crebalance.calendar=none\u201d",
            {"target": ["SPY=0.6", "TLT=0.4"], "settings": ["rebalance.calendar=none"]},
        ),
    ],
)
def test_slack_asks_with_the_same_words(words, asked):
    assert from_words(words) == question("core", **asked)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "Missing argument"),
        ("core --deposit much", "Invalid value for '--deposit'"),
        ("core --deposits 5", "No such option"),
        ("core --set 'a", "No closing quotation"),
        ("core --source files:/etc", "for the command line"),
        ("/etc/core.toml", "for the command line"),
        ("core --home /tmp", "for the command line"),
        ("core --session soon", "is not a date"),
    ],
)
def test_words_that_are_none_are_one_sentence(words, said):
    with pytest.raises(InputError, match=said):
        from_words(words)
