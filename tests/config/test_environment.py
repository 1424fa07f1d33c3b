import os
import subprocess
import sys
from pathlib import Path

from config.environment import child_environment, extend


def test_a_child_gets_this_environment_with_the_extra_on_top(monkeypatch):
    monkeypatch.setenv("BALLAST_TEST_KEPT", "kept")
    monkeypatch.setenv("BALLAST_TEST_CHANGED", "old")
    environment = child_environment(BALLAST_TEST_CHANGED="new")
    assert (environment["BALLAST_TEST_KEPT"], environment["BALLAST_TEST_CHANGED"]) == ("kept", "new")
    assert os.environ["BALLAST_TEST_CHANGED"] == "old"


def test_python_is_the_interpreter_that_runs_now(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    told = subprocess.run(
        ["python", "-c", "import sys; print(sys.prefix)"],
        env=child_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(told.stdout.strip()) == Path(sys.prefix)


def test_a_variable_for_a_library_that_is_imported_later(monkeypatch):
    monkeypatch.setenv("BALLAST_TEST_EXTENDED", "old")
    extend(BALLAST_TEST_EXTENDED="new")
    assert os.environ["BALLAST_TEST_EXTENDED"] == "new"


def test_this_machine_is_reached_without_the_proxy(monkeypatch):
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", "intranet")
    environment = child_environment()
    assert environment["NO_PROXY"] == environment["no_proxy"] == "intranet,127.0.0.1,localhost"
