"""What each quick command imports: nothing that it does not use, since imports are most of its time."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from flows.commands.cli import app
from tests.tasks.desk import Desk, market

HEAVY = {
    "cvxpy", "exchange_calendars", "great_expectations", "httpx", "pandas", "prefect", "scipy", "slack_sdk",
    "sqlalchemy", "yfinance",
}  # fmt: skip
CODE = """
import json, sys
from flows.commands.cli import main
sys.argv = ["ballast", *json.loads(sys.argv[1])]
try:
    main()
except SystemExit as left:
    code = left.code
print(json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("imports"))
    run_id = desk.day(market()).run_id
    assert CliRunner().invoke(app, ["explain", run_id, "--home", str(desk.home)]).exit_code == 0
    return desk.home, run_id  # what the library knows of the exchange is kept now


@pytest.mark.parametrize(
    "command",
    [
        "--help",
        "show RUN --json",
        "explain RUN",
        "runs",
        "data status",
        "ledger verify",
        "approve RUN AAA --by Ada --reason agreed",
        "whatif trio",
    ],
)
def test_a_command_imports_only_what_it_uses(ran, command):
    home, run_id = ran
    argv = command.replace("RUN", run_id).split()
    argv += [] if command == "--help" else ["--home", str(home)]
    done = subprocess.run(
        [sys.executable, "-c", CODE, json.dumps(argv)], capture_output=True, text=True, check=True
    )
    code, modules = json.loads(done.stdout.splitlines()[-1])
    late = command.startswith("approve")  # the order has expired, and says so
    assert (code, "expired" in done.stderr) == ((2, True) if late else (0, False))
    assert HEAVY & {*modules} == set()
    assert "pyarrow" not in modules or command.startswith(("explain", "whatif"))  # which load prices
    assert command != "--help" or {"duckdb", "numpy", "pydantic"} & {*modules} == set()
