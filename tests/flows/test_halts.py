"""`ballast disable`, `enable` and `override ...`, as an operator types them."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from flows.commands.cli import app
from quant.errors import InputError
from tasks.data.doctor import examine
from warehouse.record import ledger


@pytest.fixture
def ballast(desk):
    """The command line on a HOME whose warehouse has no run yet; JSON is read."""

    def run(*words):
        result = CliRunner().invoke(app, [*words, "--home", str(desk.home)])
        if isinstance(result.exception, InputError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout) if "--json" in words else result.stdout

    with desk.visit():
        return run


def test_a_portfolio_is_disabled_and_enabled_by_name(desk, ballast):
    said = ballast("disable", "core", "--by", "Ada", "--reason", "the custodian is changed")
    assert said == "core is disabled by Ada: the custodian is changed\n"
    noted = {one.name: one.detail for one in examine(desk.context(), None)}["kill switch"]
    assert "core: disabled since" in noted
    assert "by Ada: the custodian is changed (`ballast enable core` ends it)" in noted
    (desk.home / "KILL").write_text("war")
    found = ballast("enable", "core", "--by", "Bob", "--reason", "done", "--json")
    assert (found["switch"]["state"], found["switch"]["by"]) == ("enabled", "Bob")
    assert found["holding"] == f"{desk.home / 'KILL'} exists: remove it to resume"
    with pytest.raises(InputError, match="'core' is not disabled"):
        ballast("enable", "core", "--by", "Bob", "--reason", "again")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("  ", "--by is empty"),
        ("Ada\x1b[2J", "--by has letters that cannot be printed"),
        ("x" * 101, "--by has 101 letters: write a name of at most 100"),
    ],
)
def test_a_name_that_nobody_can_read_is_refused(ballast, name, sentence):
    with pytest.raises(InputError, match=sentence):
        ballast("disable", "core", "--by", name, "--reason", "the custodian is changed")


def test_a_name_is_one_line(ballast):
    said = ballast("disable", "core", "--by", "Ada\n\u00a0Byron ", "--reason", "done", "--json")
    assert said["switch"]["by"] == "Ada Byron"


def test_an_override_is_approved_listed_and_revoked(desk, ballast):
    assert ballast("override", "list") == "No override was asked for.\n"
    with pytest.raises(InputError, match="no finished run of portfolio 'core'"):
        ballast(
            "override",
            "request",
            "core",
            "max_weight",
            "--by",
            "Ada",
            "--reason",
            "x",
            "--until",
            "2026-12-01",
        )
    until = datetime.now(UTC) + timedelta(days=2)
    said = {"state": "requested", "portfolio": "core", "check": "max_weight", "symbol": "SPY", "by": "Ada"}
    with desk.visit() as db:
        ledger.append(db, "override", "3fa92b1c", said | {"until": until, "reason": "a spin-off"}, desk.now)
    assert "waits for a second person: ballast override approve 3fa92b1c --by NAME" in ballast(
        "override", "list"
    )
    ballast("override", "approve", "3fa9", "--by", "Bob")
    ballast("override", "revoke", "3fa9", "--by", "Cy", "--reason", "sold")
    [one] = ballast("override", "list", "--json")["overrides"]
    assert (one["state"], one["approved_by"], one["revoked_because"]) == ("revoked", "Bob", "sold")
    line = ballast("override", "list")
    assert line.startswith("3fa92b1c  core max_weight SPY: revoked, until ")
    assert line.endswith("asked for by Ada: a spin-off, approved by Bob, revoked by Cy: sold\n")
