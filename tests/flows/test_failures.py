"""Whatever fails, the operator is told once; through the Slack stand-in."""

import inspect

import pytest
from prefect.states import Completed

from flows.backfill import backfill
from flows.daily import daily
from flows.deliver import deliver
from flows.failures import StepsFailedError, told
from flows.maintenance import maintenance
from flows.states import of_failure
from flows.weekly import weekly
from quant.errors import InputError
from tests.standins.slack import TOKEN, SlackStandIn

OPERATOR = "#portfolio-demo"  # a channel that the stand-in has


@pytest.fixture
def operator(tmp_path, monkeypatch):
    """What the operator's channel has."""
    with SlackStandIn(tmp_path / "slack.db") as slack:
        given = {"HOME": str(tmp_path / "home"), "SLACK_URL": slack.url, "SLACK_TOKEN": TOKEN}
        for name, value in (given | {"OPERATOR_CHANNEL": OPERATOR}).items():
            monkeypatch.setenv(f"BALLAST_{name}", value)
        yield lambda: [(message["channel"], str(message)) for message in slack.messages()]


def test_each_step_that_failed_is_told_once(operator):
    @told
    def backfill():
        return of_failure(StepsFailedError([("core", "core: no\nbars"), ("other", "other: torn")]))

    assert backfill().is_failed()
    backfill()
    found = operator()
    assert [channel for channel, _ in found] == [OPERATOR] * 2
    for step, cause in (("core", "core: no bars"), ("other", "other: torn")):
        assert [text for _, text in found if "backfill" in text and step in text and cause in text]


def test_an_error_that_nobody_foresaw_is_told_and_raised(operator):
    @told
    def maintenance():
        raise ZeroDivisionError("a fault of ours")

    with pytest.raises(ZeroDivisionError):
        maintenance()
    [(_, text)] = operator()
    assert "ZeroDivisionError: a fault of ours" in text


def test_what_ends_well_is_not_told(operator):
    assert told(lambda: Completed(message="well"))().is_completed()
    assert operator() == []


def test_a_broken_portfolio_file_reaches_the_operator(operator, tmp_path):
    folder = tmp_path / "home" / "portfolios"
    folder.mkdir(parents=True)
    (folder / "torn.toml").write_text('name = "torn"\n[[target]\n')
    state = daily.fn(portfolio="torn", notify=False)
    assert state.is_failed()
    [(channel, text)] = operator()
    assert channel == OPERATOR
    assert "torn.toml" in text
    assert "plan of torn" in text


def test_a_failure_that_cannot_be_told_does_not_hide_itself(monkeypatch):
    monkeypatch.setenv("BALLAST_SLACK_URL", "no address")
    error = InputError("the first failure")
    assert told(lambda: of_failure(error))().message == "the first failure"


@pytest.mark.parametrize("flow", [daily, backfill, deliver, weekly, maintenance])
def test_every_flow_tells_its_failures(flow):
    assert inspect.unwrap(flow.fn) is not flow.fn
