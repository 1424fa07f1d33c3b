"""`ballast init`: from a broker's file to a first recommendation."""

import json

import pytest
from typer.testing import CliRunner

from flows.commands.cli import app
from quant.errors import InputError
from tests.config.test_broker import TITLED
from tests.tasks.desk import SESSION, market

BROKER = "Ticker,Shares,Market Value\nAAA,600,60000\nBBB,300,30000\nCCC,100,10000\nCash,,5000\n"


@pytest.fixture
def init(tmp_path):
    def run(*asked, text=BROKER):
        (tmp_path / "positions.csv").write_text(text)
        return CliRunner().invoke(app, ["init", *asked, "--home", str(tmp_path / "home")])

    return run


def test_a_brokers_file_is_a_portfolio_whose_day_runs(init, desk, tmp_path):
    made = init(str(tmp_path / "positions.csv"), "--benchmark", "AAA", "--json")
    assert made.exit_code == 0, made.output
    found = json.loads(made.stdout)
    assert found["targets"] == {"AAA": 0.6, "BBB": 0.3, "CCC": 0.1}
    assert found["cash"] == 5000
    prices = desk.prices(market())
    asked = ["daily", "--portfolio", "mine", "--session", str(SESSION), "--source", prices, "--json"]
    day = CliRunner().invoke(app, [*asked, "--home", str(tmp_path / "home")])
    assert day.exit_code == 0, day.output
    report = json.loads(day.stdout)
    assert (report["portfolio"], report["status"]) == ("mine", "recommended")


def test_nothing_that_is_there_is_overwritten(init, tmp_path):
    assert init("--name", "core").exit_code == 0
    written = {file: file.read_bytes() for file in (tmp_path / "home").rglob("*") if file.is_file()}
    again = init(str(tmp_path / "positions.csv"), "--name", "core")
    assert isinstance(again.exception, InputError)
    assert "exists already. Nothing was changed." in str(again.exception)
    assert {file: file.read_bytes() for file in (tmp_path / "home").rglob("*") if file.is_file()} == written


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--cash", "5"], "need the broker's FILE.csv"),
        (["FILE", "--column", "amount=Shares"], "write MEANING=NAME; a meaning is symbol, quantity"),
        (["FILE", "--currency", 'USD"\ncash = 1'], "Nothing was made"),
        (["FILE", "--name", "../mine"], "is not allowed: 1 to 40 letters"),
    ],
)
def test_a_mistake_makes_nothing(init, tmp_path, asked, said):
    file = str(tmp_path / "positions.csv")
    refused = init(*(file if word == "FILE" else word for word in asked))
    assert isinstance(refused.exception, InputError)
    assert said in str(refused.exception)
    assert not (tmp_path / "home" / "portfolios").exists()


def test_what_was_understood_is_said_before_the_next_steps(init, tmp_path):
    said = init(str(tmp_path / "positions.csv"), "--cash", "100", text=TITLED)
    assert said.exit_code == 0, said.output
    assert "Portfolio mine: 2 holdings, 100.00 USD in cash" in said.stdout
    assert "--cash replaces the cash of the file, 12,345.67 USD." in said.stdout
    assert said.stdout.index("Made:") < said.stdout.index("3. ballast daily --portfolio mine")


def test_the_version():
    said = CliRunner().invoke(app, ["--version"])
    assert (said.exit_code, said.stdout) == (0, "ballast 0.1.0\n")
