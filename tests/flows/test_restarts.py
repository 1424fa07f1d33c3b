import shlex
from datetime import timedelta
from pathlib import Path

import pytest

from flows.up.processes import Child, EndedError
from flows.up.restarts import MOST, WITHIN, Restarts
from flows.up.systemd import unit
from tests.tasks.desk import EVENING


@pytest.fixture
def died(tmp_path):
    log = tmp_path / "worker.log"
    log.write_text("its last words\n")
    return EndedError(Child("The worker", None, log), "was ended by SIGKILL")


def test_a_restart_is_said_and_counted(died):
    said = Restarts(lambda: EVENING).allow(died)
    assert said.startswith(
        "The worker was ended by SIGKILL: started again (1 of 5 within an hour). Its log: "
    )


def test_too_many_restarts_within_an_hour_are_an_error_with_the_end_of_the_log(died):
    restarts = Restarts(lambda: EVENING)
    for _ in range(MOST):
        restarts.allow(died)
    with pytest.raises(EndedError, match="its last words"):
        restarts.allow(died)


def test_restarts_of_an_hour_ago_count_no_more(died):
    moments = iter([EVENING + number * WITHIN / MOST for number in range(20)])
    restarts = Restarts(lambda: next(moments) + timedelta(seconds=1))
    for _ in range(20):
        restarts.allow(died)
    assert next(moments, None) is None  # each of the 20 was allowed


def test_the_unit_starts_up_again_and_reads_any_path_back():
    home = Path("/srv/a folder/100%/$HOME")
    [line] = [line for line in unit(home, 4201).splitlines() if line.startswith("ExecStart=")]
    command, *arguments = shlex.split(line.removeprefix("ExecStart="))
    assert Path(command).name == "ballast"
    read = [one.replace("%%", "%").replace("$$", "$") for one in arguments]
    assert read == ["up", "--home", str(home), "--port", "4201"]
    assert "Restart=on-failure" in unit(home, 4201).splitlines()
