"""A Prefect server that somebody else runs: what is looked at before a worker works for it."""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from uuid import uuid4

import pytest
import yaml
from typer.testing import CliRunner

from config import settings
from flows.commands.cli import app
from flows.up import elsewhere, sole
from flows.up.automations import Ours, automations
from flows.up.deployments import PREFECT_FILE, named
from flows.up.diagnosis import findings
from flows.up.instance import Site, alone, recorded
from flows.up.registry import Worker
from flows.up.server import Server
from flows.up.systemd import unit
from flows.up.up import server_of, up
from quant.errors import InputError
from tests.e2e.up import free_port


@contextmanager
def answering(status, body, log_in=None):
    """A server that gives one answer to everything; with a `log_in` 401 to who does not give that."""
    seen = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.headers.get("Authorization"))
            refused = log_in is not None and seen[-1] != log_in
            self.send_response(401 if refused else status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as listener:
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.server_port}/api"
        finally:
            listener.shutdown()


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    for name in ("PREFECT_API_AUTH_STRING", "PREFECT_API_KEY", "BALLAST_PREFECT_NAME"):
        monkeypatch.delenv(name, raising=False)


def named_server(url, home, monkeypatch, **variables):
    monkeypatch.setenv("BALLAST_PREFECT_SERVER", url)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return elsewhere.server(settings.load(home), "desk-a")


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (404, "{}", "is no Prefect API"),
        (200, "<html></html>", "is no Prefect API"),
        (200, '{"version": 3}', "is no Prefect API"),
        (200, '"hello"', "is no Prefect API"),
        (503, "", "cannot work now (it answers 503)"),
        (
            200,
            '"2.20.1"',
            "runs Prefect 2.20.1, and this is 3.8.8: it must be 3.8 or newer, and older than 4",
        ),
        (200, '"3.7.9"', "runs Prefect 3.7.9"),
        (200, '"4.0.0"', "runs Prefect 4.0.0"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence_by_up_and_doctor(
    status, body, words, tmp_path, monkeypatch
):
    with answering(status, body) as url:
        monkeypatch.setenv("BALLAST_PREFECT_SERVER", url)
        with pytest.raises(InputError) as error:
            up(tmp_path)
        [found] = findings(settings.load(tmp_path))
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert (found.status, found.detail) == ("bad", str(error.value))
    assert recorded(tmp_path) is None


def test_a_server_that_does_not_answer_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("BALLAST_PREFECT_SERVER", f"http://127.0.0.1:{free_port()}/api")
    with pytest.raises(
        InputError, match=r"does not answer \(.*refused.*\): is a Prefect server running there"
    ):
        up(tmp_path)


@pytest.mark.parametrize("body", ['"3.8.8"', '"3.8.0"', '"3.12.1+build"'])
def test_the_same_major_version_that_is_not_older_is_taken(body, tmp_path, monkeypatch):
    with answering(200, body) as url:
        assert elsewhere.examine(named_server(url, tmp_path, monkeypatch)) in body


def test_a_log_in_comes_from_prefect_s_own_variables_or_from_home_and_is_never_shown(tmp_path, monkeypatch):
    with answering(200, '"3.8.8"', "Basic bWU6bXktd29yZA==") as url:  # me:my-word
        with pytest.raises(InputError, match="asks for a log-in: set PREFECT_API_AUTH_STRING"):
            elsewhere.examine(named_server(url, tmp_path, monkeypatch))
        wrong = named_server(url, tmp_path, monkeypatch, PREFECT_API_AUTH_STRING="me:wrong-word")
        with pytest.raises(InputError, match="does not take the log-in that is set") as error:
            elsewhere.examine(wrong)
        assert "wrong-word" not in f"{error.value} {wrong!r} {Site(tmp_path, 1, wrong)!r}"
        (tmp_path / ".env").write_text("BALLAST_PREFECT_AUTH=me:my-word\n")
        assert elsewhere.examine(named_server(url, tmp_path, monkeypatch)) == "3.8.8"
    with answering(200, '"3.8.8"', "Bearer pnu_key") as url:
        (tmp_path / ".env").unlink()
        monkeypatch.delenv("PREFECT_API_AUTH_STRING")
        found = named_server(url, tmp_path, monkeypatch, PREFECT_API_KEY="pnu_key")
        assert elsewhere.examine(found) == "3.8.8"
        given = Site(tmp_path, 1, found).environment()
        assert (given["PREFECT_API_URL"], given["PREFECT_API_KEY"]) == (url, "pnu_key")
        assert "PREFECT_API_AUTH_STRING" not in given


def test_a_log_in_goes_to_no_host_that_nobody_has_named(tmp_path, monkeypatch):
    url, log_in = "http://prefect.example.org:4200/api", "me:my-word"
    with pytest.raises(InputError, match="BALLAST_PREFECT_SERVER would send the token to a host") as error:
        named_server(url, tmp_path, monkeypatch, PREFECT_API_AUTH_STRING=log_in)
    assert "my-word" not in str(error.value)
    monkeypatch.setenv("BALLAST_ALLOW_HOSTS", "http://prefect.example.org:4200")
    assert named_server(url, tmp_path, monkeypatch).secret == log_in
    with pytest.raises(InputError, match="a log-in belongs into PREFECT_API_AUTH_STRING") as error:
        named_server("http://me:my-word@127.0.0.1/api", tmp_path, monkeypatch)
    assert "my-word" not in str(error.value)


def test_without_a_path_the_api_s_own_is_meant(tmp_path, monkeypatch):
    for given in ("http://127.0.0.1:4200", "http://127.0.0.1:4200/", "http://127.0.0.1:4200/api/"):
        assert named_server(given, tmp_path, monkeypatch).api == "http://127.0.0.1:4200/api"
    assert named_server("http://localhost/x/y", tmp_path, monkeypatch).api == "http://localhost/x/y"


def test_what_belongs_to_a_server_of_our_own_is_refused_beside_it(tmp_path, monkeypatch):
    monkeypatch.setenv("BALLAST_PREFECT_SERVER", "http://127.0.0.1:1/api")
    with pytest.raises(InputError, match=r"^--port is for the server that `ballast up` starts"):
        up(tmp_path, 4201)
    monkeypatch.setenv("BALLAST_PREFECT_DATABASE", "postgresql+asyncpg://u@h/db")
    with pytest.raises(InputError, match=r"^BALLAST_PREFECT_DATABASE is for the server"):
        up(tmp_path)


def test_a_home_keeps_the_name_that_it_was_given_first(tmp_path, monkeypatch):
    made = elsewhere.name(tmp_path, "")
    monkeypatch.setattr("socket.gethostname", lambda: "another")
    assert elsewhere.name(tmp_path, "") == elsewhere.known_name(tmp_path, "") == made
    assert elsewhere.name(tmp_path, "desk-a") == "desk-a"
    assert elsewhere.known_name(tmp_path / "other", "") == ""
    monkeypatch.setattr("socket.gethostname", lambda: "Ämter_9.example.org")
    assert elsewhere.name(tmp_path / "other", "").startswith("mter-9-example-org-")


def test_the_deployments_are_the_same_under_names_of_this_home():
    document = yaml.safe_load(text := PREFECT_FILE.read_text())
    mine = yaml.safe_load(named(text, "desk-a", "ballast-desk-a"))["deployments"]
    assert [one["name"] for one in mine] == [f"{one['name']}-desk-a" for one in document["deployments"]]
    assert {one["work_pool"]["name"] for one in mine} == {"ballast-desk-a"}
    same = ("entrypoint", "parameters", "schedules", "concurrency_limit")
    for one, original in zip(mine, document["deployments"], strict=True):
        assert {key: one.get(key) for key in same} == {key: original.get(key) for key in same}
        assert "desk-a" in one["tags"]


def test_automations_touch_only_runs_of_this_home_and_hand_over_no_token():
    ours = Ours("desk-a", ("prefect.deployment.1", "prefect.flow.2"))
    for one in automations("1", None, "", ours):
        assert one["name"].startswith("Ballast desk-a: ")
        assert one["trigger"]["match_related"]["prefect.resource.id"] == [*ours.resources]
        assert {action["type"] for action in one["actions"]} == {"change-flow-run-state"}


def event(name, flow, deployment=None):
    """An event of a run as Prefect's own client sends it: related to its flow, and its deployment if any."""
    from prefect.server.events.schemas.events import ReceivedEvent

    related = [{"prefect.resource.id": f"prefect.flow.{flow}", "prefect.resource.role": "flow"}]
    if deployment:
        one = {
            "prefect.resource.id": f"prefect.deployment.{deployment}",
            "prefect.resource.role": "deployment",
        }
        related.append(one)
    resource = {"prefect.resource.id": "prefect.flow-run.1"}
    return ReceivedEvent(
        occurred=NOW,
        received=NOW,
        event=f"prefect.flow-run.{name}",
        resource=resource,
        related=related,
        id=uuid4(),
    )


def test_prefect_s_own_rules_find_in_them_the_runs_of_this_home_and_of_its_portfolios_only():
    from prefect.server.events.schemas.automations import EventTrigger

    ours = Ours("desk-a", ("prefect.deployment.daily-a", "prefect.flow.portfolio-day"))
    silent, _ = (EventTrigger.model_validate(one["trigger"]) for one in automations("1", None, "", ours))
    assert silent.covers(event("heartbeat", "daily", "daily-a"))
    assert silent.covers(event("heartbeat", "portfolio-day"))
    assert not silent.covers(event("heartbeat", "daily", "daily-b"))
    assert not silent.covers(event("heartbeat", "etl"))
    everything, _ = (
        EventTrigger.model_validate(one["trigger"]) for one in automations("1", None, "", Ours())
    )
    assert everything.covers(event("heartbeat", "etl"))


def test_the_option_of_the_command_line_is_that_setting(tmp_path, monkeypatch):
    monkeypatch.setenv("BALLAST_PREFECT_SERVER", "http://127.0.0.1:1/api")
    with answering(200, '"2.20.1"') as url:
        done = CliRunner().invoke(app, ["up", "--server", url, "--home", str(tmp_path)])
    assert isinstance(done.exception, InputError)
    assert f"{url} runs Prefect 2.20.1" in str(done.exception)


def test_the_record_of_up_leads_commands_to_the_same_server(tmp_path, monkeypatch):
    with answering(200, '"3.8.8"', "Basic bWU6bXktd29yZA==") as url:
        found = named_server(url, tmp_path, monkeypatch, PREFECT_API_AUTH_STRING="me:my-word")
        with alone(Site(tmp_path, 4200, found)):
            assert "my-word" not in (tmp_path / "prefect" / "up.json").read_text()
            assert server_of(tmp_path) == found
            monkeypatch.delenv("PREFECT_API_AUTH_STRING")
            assert server_of(tmp_path) is None


def test_the_unit_of_systemd_names_the_server_and_no_log_in(tmp_path):
    [line] = [
        one for one in unit(tmp_path, None, "https://p.example.org/api").splitlines() if "ExecStart" in one
    ]
    assert line.endswith(f'up --home "{tmp_path}" --server "https://p.example.org/api"')


NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


class Beating(Server):
    """A server whose workers give a sign of life as often as the test says."""

    def workers(self):
        self.looks.append(None)
        beat = NOW + timedelta(seconds=len(self.looks)) if self.alive else NOW
        return [
            Worker(name=name, status="ONLINE", last_heartbeat_time=beat, heartbeat_interval_seconds=10)
            for name in self.there
        ]


def beating(*there, alive, name="desk-a"):
    found = Beating("http://127.0.0.1:1/api", name=name)
    vars(found).update(there=there, alive=alive, looks=[])
    return found


def test_a_worker_of_another_home_that_is_alive_is_not_joined(tmp_path):
    own, told, slept = elsewhere.worker(tmp_path), [], []
    with pytest.raises(InputError, match=r"other 1234 is at work for ballast-desk-a .*BALLAST_PREFECT_NAME"):
        sole.claim(beating("other 1234", own, alive=True), own, told.append, slept.append)
    assert told == ["other 1234 was at work for ballast-desk-a a moment ago: looking whether it still is ..."]
    with pytest.raises(InputError, match=r"on the database of BALLAST_PREFECT_DATABASE already"):
        sole.claim(beating("other 1234", alive=True, name=""), own, told.append, slept.append)


def test_one_that_has_died_is_replaced_and_that_is_told(tmp_path):
    own, told, slept = elsewhere.worker(tmp_path), [], []
    sole.claim(beating("other 1234", own, alive=False), own, told.append, slept.append)
    assert sum(slept) == 15.0
    assert (
        told[-1] == "other 1234 worked for ballast-desk-a until 2026-11-30 12:00 UTC: replaced by this one."
    )


def test_our_own_worker_that_was_killed_is_no_other(tmp_path):
    own = elsewhere.worker(tmp_path)
    sole.claim(beating(own, alive=True), own, pytest.fail, pytest.fail)
    assert elsewhere.worker(tmp_path / "copy") != own
