import os
import socket
import subprocess
import sys

import pytest

from flows.up.instance import HOST, Site, alone, recorded
from flows.up.up import running_server, up
from quant.errors import InputError


@pytest.fixture
def taken_port():
    with socket.create_server((HOST, 0)) as listener:
        yield listener.getsockname()[1]


def free_port():
    with socket.create_server((HOST, 0)) as listener:
        return listener.getsockname()[1]


def test_a_port_in_use_is_refused_in_one_sentence(tmp_path, taken_port):
    with pytest.raises(InputError, match=rf"port {taken_port} on 127\.0\.0\.1 cannot be used.*--port"):
        up(tmp_path, taken_port)
    assert recorded(tmp_path) is None


def test_a_second_up_is_refused_and_the_first_is_named(tmp_path):
    site = Site(tmp_path, free_port())
    with alone(site):
        assert recorded(tmp_path) == (os.getpid(), site.server.api, "")
        with pytest.raises(InputError, match=rf"process {os.getpid()} at {site.server.pages}\."):
            up(tmp_path, free_port())
    assert recorded(tmp_path) is None


def test_a_home_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        up(tmp_path / "file" / "home", free_port())


def test_without_a_record_no_server_is_running(tmp_path):
    assert running_server(tmp_path) is None


def test_the_record_of_a_dead_process_is_no_running_server(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / "prefect").mkdir()
    (tmp_path / "prefect" / "up.json").write_text(f'{{"pid": {dead.pid}, "api": "http://127.0.0.1:1/api"}}')
    assert running_server(tmp_path) is None


def test_a_server_that_does_not_answer_is_no_running_server(tmp_path):
    with alone(Site(tmp_path, free_port())):
        assert running_server(tmp_path) is None


def test_children_are_told_to_stay_on_this_machine(tmp_path):
    environment = Site(tmp_path, 4321).server_environment()
    assert environment["PREFECT_API_URL"] == "http://127.0.0.1:4321/api"
    assert environment["PREFECT_HOME"] == str(tmp_path / "prefect")
    assert environment["BALLAST_HOME"] == str(tmp_path)
    assert environment["DO_NOT_TRACK"] == "1"
    assert environment["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
