"""What `ballast up` does with runs that were missed: a real Prefect server, and a clock that stands."""

import inspect
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.schedules import CronSchedule
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

import flows.daily
from flows import schedule
from flows.states import NAMES
from flows.up import automations, secret
from flows.up.automations import ENDS, Operator
from flows.up.catch_up import make_up, missed, skip_late
from flows.up.instance import Site
from flows.up.processes import running, wait_until
from flows.up.server import DAILY, SCHEDULE_ZONE, planned_at
from tests.e2e.up import PATIENCE, free_port
from tests.standins.slack import TOKEN, SlackStandIn
from tests.tasks.desk import Desk, market

TOLD = date(2024, 6, 28)
JULY = [date(2024, 7, day) for day in (1, 2, 3)]  # the 3rd is a half-day, the 4th a holiday
HOLIDAY = datetime(2024, 7, 4, 12, tzinfo=UTC)
SHORT = timedelta(seconds=10)
"""The least time that Prefect lets an automation wait."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A Prefect server with the daily deployment and its schedule, and no worker."""
    site = Site(tmp_path_factory.mktemp("server"), free_port())
    site.log("server").parent.mkdir(parents=True)
    secret.ensure(site.home)
    given = {"environment": site.environment(), "folder": site.home, "log": site.log("server")}
    with running("The server", "flows.up.served.guard", str(site.port), **given) as child:
        wait_until(site.server.healthy, [child], 300)
        site.server.ensure_pool(site.home)
        known = {PREFECT_API_URL: site.server.api, PREFECT_API_AUTH_STRING: site.server.secret}
        with temporary_settings(known), get_client(sync_client=True) as client:
            schedule = CronSchedule(cron="30 18 * * 1-5", timezone=str(SCHEDULE_ZONE))
            client.create_deployment(
                client.create_flow_from_name("daily"), DAILY, work_pool_name="ballast",
                schedules=[DeploymentScheduleCreate(schedule=schedule)],
            )  # fmt: skip
        yield site.server


@pytest.fixture
def desk(tmp_path):
    """A HOME with a portfolio whose people were told of a Friday; the clock stands on Thursday, a holiday."""
    desk = Desk(tmp_path)
    folder = desk.home / "portfolios"
    desk.day(market(), notifying=True)
    folder.mkdir()
    for file in (desk.folder / "trio.toml", desk.folder / "trio.csv"):
        file.rename(folder / file.name)
    return desk.at(HOLIDAY)


def runs_of(server):
    return {run.day: run for run in server.planned_runs(TOLD, HOLIDAY)}


def state(server, run):
    found = server._post("flow_runs/filter", {"flow_runs": {"id": {"any_": [run.id]}}})[0]["state"]
    return found["type"], found["name"], found["message"]


@pytest.mark.long  # a server of its own
def test_late_runs_are_skipped_with_a_reason_and_the_newest_session_is_made_up(server, desk):
    for day in JULY[:2]:
        server.plan_day(day)
    found = missed(desk.context())
    assert found.made_up == (JULY[2],)
    late = skip_late(server, desk.context(), found)
    assert [run.day for run in late] == JULY[:2]
    why = "2024-07-03 is newer, and only the newest missed session is made up"
    assert {state(server, run) for run in late} == {("CANCELLED", "Skipped", why)}
    assert make_up(server, desk.context(), found) == (JULY[2],)
    made = runs_of(server)[JULY[2]]
    assert (made.state_type, made.expected_start_time) == ("SCHEDULED", planned_at(JULY[2]))

    again = missed(desk.context())  # another `up`: nothing is skipped or planned twice
    assert skip_late(server, desk.context(), again) == []
    assert state(server, made)[0] == "PENDING"  # not deleted with the deployment's planned runs
    make_up(server, desk.context(), again)
    assert state(server, made)[:2] == ("SCHEDULED", "AwaitingRetry")
    assert {day: run.id for day, run in runs_of(server).items()} == {
        **{run.day: run.id for run in late}, JULY[2]: made.id
    }  # fmt: skip

    server._set_state(made.id, {"type": "CRASHED"}, force=True)  # its worker was killed
    make_up(server, desk.context(), again)
    assert state(server, made)[:2] == ("SCHEDULED", "AwaitingRetry")

    desk.at(datetime(2024, 7, 3, 22, 45, tzinfo=UTC)).day(  # meanwhile somebody has run that session by hand
        market(last=JULY[2]), desk.home / "portfolios" / "trio.toml", JULY[2], notifying=True
    )
    by_then = missed(desk.context())
    assert by_then.made_up == ()
    assert [run.day for run in skip_late(server, desk.context(), by_then)] == [JULY[2]]
    assert state(server, made) == ("CANCELLED", "Skipped", "it was run already")


def automated(server):
    return {one["name"]: one for one in server._post("automations/filter", {})}


@pytest.mark.long  # a server of its own
def test_the_server_frees_dead_runs_and_tells_the_operator_where_there_is_a_channel(server):
    server.automate(None, "")
    freed = {f"Ballast: a run that {what} is freed" for what in ("gave no sign of life", "did not begin")}
    assert {*automated(server)} == freed
    [one, *_] = automated(server).values()
    server._request("PATCH", f"automations/{one['id']}", {"enabled": False})  # what the pages do

    operator = Operator("#operator", "http://127.0.0.1:9/api/", "xoxb-secret")
    for _ in range(2):  # each `up` brings them up to date
        server.automate(operator, "https://desk.example.org")
    found = automated(server)
    assert {*found} - freed == {"Ballast: a daily run is late", "Ballast: a run has crashed"}
    assert not found[one["name"]]["enabled"]
    assert all(row["enabled"] for name, row in found.items() if name != one["name"])
    assert "xoxb-secret" not in str(found) + repr(operator)
    [told] = {row["actions"][0].get("block_document_id") for row in found.values()} - {None}
    kept = server._request("GET", f"block_documents/{told}", None).text
    assert "#operator" in kept
    assert "xoxb-secret" not in kept

    server.automate(None, "")
    assert {*automated(server)} == freed


@pytest.mark.long  # a server of its own
def test_a_run_that_does_not_end_by_its_time_is_told_in_slack_without_a_worker(server, tmp_path, monkeypatch):
    """And one whose process was killed is freed and told: its signs of life stop."""
    monkeypatch.setattr(automations, "BY_ITS_TIME", SHORT)
    monkeypatch.setattr(automations, "SILENT", SHORT)
    with SlackStandIn(tmp_path / "slack.db") as slack:
        server.automate(Operator("#portfolio-demo", slack.url, TOKEN), "https://desk.example.org")
        asked = {"portfolio": "two <!channel>", "session": None}
        late = server.start_once(DAILY, asked, "/ballast run late")
        until(lambda: len(slack.messages()) == 1)
        [run] = server._post("flow_runs/filter", {"flow_runs": {"name": {"any_": [late.name]}}})
        server._set_state(run["id"], {"type": "RUNNING"}, force=True)
        beat(server, run)
        until(lambda: len(slack.messages()) == 2)
    told = [one["text"] for one in slack.messages()]
    link = f"https://desk.example.org/runs/flow-run/{run['id']}"
    said = f"FAILED: daily\nThe run {late.name}"
    assert told == [
        f"{said} has not ended 2:00:00 after it was due\n{link}".replace("2:00:00", str(SHORT)),
        f"{said} has crashed: interrupted: it gave no sign of life for 10 seconds\n{link}",
    ]
    assert state(server, SimpleNamespace(id=run["id"]))[0] == "CRASHED"
    server.automate(None, "")


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def beat(server, run):
    """A sign of life, as a run gives one every half minute."""
    resource = {"prefect.resource.id": f"prefect.flow-run.{run['id']}"}
    related = [{"prefect.resource.id": f"prefect.deployment.{run['deployment_id']}",
                "prefect.resource.role": "deployment"}]  # fmt: skip
    event = {"id": str(uuid4()), "occurred": datetime.now(UTC).isoformat(), "payload": {},
             "event": "prefect.flow-run.heartbeat", "resource": resource, "related": related}  # fmt: skip
    server._request("POST", "events", [event])


@pytest.mark.long  # a server of its own
def test_a_day_that_many_ask_for_at_once_is_started_once(server):
    asked = {"portfolio": "trio", "session": "2024-07-03"}
    command = "/ballast run 2024-07-03 trio"
    for _ in range(2):  # once it has ended it may be asked for again
        with ThreadPoolExecutor(6) as pool:
            begun = [*pool.map(lambda _: server.start_once(DAILY, asked, command), range(6))]
        assert len({one.name for one in begun}) == 1
        assert [one.is_new for one in begun].count(True) == 1
        rows = server._post("flow_runs/filter", {"flow_runs": {"tags": {"all_": [command]}}})
        [run] = [row for row in rows if row["state_type"] == "SCHEDULED"]
        assert (run["name"], run["parameters"]) == (begun[0].name, asked)
        assert not server.start_once(DAILY, asked, command).is_new
        server._set_state(run["id"], {"type": "COMPLETED"}, force=True)
    assert len(rows) == 2


def test_every_state_in_which_a_run_ends_is_known_to_the_automations():
    named = {*NAMES.values(), "Failed", "Crashed", "Cancelled", "Skipped"}
    source = inspect.getsource(flows.daily) + inspect.getsource(schedule)
    named |= {*re.findall(r'(?:Completed|Cancelled)\(\s*name="([^"]+)"', source)}
    assert {"Holiday", "Skipped", "No portfolio"} <= named
    assert named <= {*ENDS}
