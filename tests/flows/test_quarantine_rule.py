"""`ballast data quarantine accept --symbol S --rule RULE`: one decision on every row of a symbol."""

import json

import pytest
from typer.testing import CliRunner

from flows.commands.cli import app
from quant.errors import InputError
from tests.warehouse.deliveries import action, bar, deliver
from warehouse.duckdb_file.backend import DuckDBFile

CHOSEN = ("--symbol", "SPY", "--rule", "move_bound", "--reason", "It is so")


@pytest.fixture
def data(tmp_path):
    """Runs `ballast data quarantine ...` where a bar of SPY broke one rule, and its dividend another."""
    broken = [("bars", 0, "move_bound", 0.8), ("actions", 0, "payout", 30.0)]
    deliver(DuckDBFile(tmp_path), [bar(90.0)], actions=[action(30.0)], rejected=broken)

    def run(*arguments):
        command = ["data", "quarantine", *arguments, "--home", str(tmp_path), "--json"]
        return json.loads(CliRunner().invoke(app, command, catch_exceptions=False).stdout)

    return run


def test_the_rows_that_broke_the_rule_are_decided_on_and_no_others(data):
    decided = data("accept", *CHOSEN)["decided"]
    assert [(row["table_name"], row["decision"]) for row in decided] == [("bars", "accepted")]
    assert [row["table_name"] for row in data()["quarantined"]] == ["actions"]
    with pytest.raises(InputError, match="no row of 'SPY' that broke 'move_bound' waits for a decision"):
        data("reject", *CHOSEN)


@pytest.mark.parametrize("given", [("1234", *CHOSEN), CHOSEN[2:], CHOSEN[:2] + CHOSEN[4:], CHOSEN[4:]])
def test_rows_are_named_in_one_of_both_ways(data, given):
    with pytest.raises(InputError, match="by their ids, or all of a symbol by --symbol and --rule together"):
        data("accept", *given)
