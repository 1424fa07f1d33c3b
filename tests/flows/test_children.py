import os
import signal
import subprocess
import sys

import pytest

from config.environment import child_environment
from flows.up.instance import ROOT
from flows.up.processes import running, wait_until
from quant.errors import BallastError


@pytest.fixture
def environment(tmp_path):
    return child_environment(PREFECT_HOME=str(tmp_path), PYTHONPATH=str(ROOT), DO_NOT_TRACK="1")


def test_a_child_that_ends_by_itself_is_named_with_the_end_of_its_log(environment, tmp_path):
    log = tmp_path / "child.log"
    log.write_text("of the start before")
    with (
        running(
            "The child", "prefect", "no-such", environment=environment, folder=tmp_path, log=log
        ) as child,
        pytest.raises(BallastError, match=r"The child ended with exit code \d+") as raised,
    ):
        wait_until(lambda: False, [child], 60)
    assert "no-such" in str(raised.value)
    assert str(log) in str(raised.value)
    assert log.with_name("child.log.1").read_text() == "of the start before"


def test_a_child_works_in_its_folder_and_imports_nothing_from_there(environment, tmp_path):
    for module in ("flows", "runpy", "json", "sitecustomize"):
        (tmp_path / f"{module}.py").write_text("open('ran', 'w')")
    (tmp_path / "in.json").write_text('{"read": "here"}')
    where = {"environment": environment, "folder": tmp_path, "log": tmp_path / "child.log"}
    with (
        running("The child", "json.tool", "in.json", **where) as child,
        pytest.raises(BallastError, match=r"(?s)ended with exit code 0.*read.*here"),
    ):
        wait_until(lambda: False, [child], 60)
    assert not (tmp_path / "ran").exists()


def test_a_child_that_is_never_ready_is_stopped(environment, tmp_path):
    log = tmp_path / "child.log"
    with (
        pytest.raises(BallastError, match=r"The server was not ready after 0.1 s"),
        running(
            "The server", "flows.up.served.guard", "0", environment=environment, folder=tmp_path, log=log
        ) as child,
    ):
        wait_until(lambda: False, [child], 0.1)
    assert child.process.returncode is not None
    with pytest.raises(ProcessLookupError):
        os.killpg(child.pid, 0)


def test_a_leashed_command_ends_when_its_holder_is_gone(environment):
    command = [sys.executable, "-m", "flows.up.die_with_parent", "flows.up.served.guard", "0"]
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    assert process.stdin
    process.stdin.close()  # what the operating system does when the holder dies
    assert process.wait(60) in (-signal.SIGTERM, 0)
