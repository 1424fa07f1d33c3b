"""`ballast alerts`, as people type it."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from flows.commands.cli import app
from quant.errors import InputError
from tests.tasks.desk import SESSION, crash, market

CONTRACT = {
    "fingerprint", "kind", "symbol", "severity", "state", "confirmed", "fired_at", "resolved_at", "move",
    "depth", "recovered", "tests", "vetoes", "portfolios",
}  # fmt: skip


@pytest.fixture
def ballast(desk):
    """The command line on a HOME in which two symbols fell; JSON is read."""
    desk.day(crash(crash(market(), "CCC", SESSION, by=0.1), "BBB", SESSION, by=0.05))

    def run(*words):
        result = CliRunner().invoke(app, ["alerts", *words, "--home", str(desk.home)])
        if isinstance(result.exception, InputError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout) if "--json" in words else result.stdout

    return run


def test_alerts_are_listed_acknowledged_and_silenced(ballast):
    found = ballast("list", "--json")
    assert found["schema"] == 1
    assert all(set(one) >= CONTRACT for one in found["alerts"])
    assert {one["symbol"]: one["state"] for one in found["alerts"]} == {"BBB": "firing", "CCC": "firing"}
    first = found["alerts"][0]["fingerprint"]
    done = ballast("ack", first[:10], "--by", "Ada Byron", "--json")
    assert [one["state"] for one in done["alerts"]] == ["acknowledged"]
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    words = ballast(
        "silence", "--symbol", "CCC", "--until", until, "--by", "Ada Byron", "--reason", "a split"
    )
    assert "range shock" not in words
    assert words.startswith("silence ")
    assert "of CCC for every portfolio: silenced by Ada Byron until" in words
    listed = ballast()
    assert f"{first[:12]}  acknowledged by Ada Byron  " in listed
    assert "critical range shock of CCC -10." in listed
    assert "a split" in listed
    with pytest.raises(InputError, match="there is no alert ''"):
        ballast("ack", "", "--by", "Ada Byron")
