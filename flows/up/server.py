"""What `ballast up` asks of the Prefect server over its REST API."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import tenacity
from pydantic import BaseModel, TypeAdapter

from flows.up.automations import BLOCK, NAME, Operator, automations
from flows.up.form import Choice, offering
from quant.documents import Json
from quant.errors import BallastError

HOST = "127.0.0.1"
POOL = "ballast"
# The time zone of the schedule in prefect.yaml.
SCHEDULE_ZONE = ZoneInfo("America/New_York")
SCHEDULE_TIME = time(18, 30)
DAILY = "daily"
UNFINISHED = ["RUNNING", "PENDING", "CANCELLING"]
BUSY = 503
"""What Prefect answers when its database was busy; the same request works a moment later."""
PATIENCE = 20.0
"""Seconds for which a busy server is asked again."""


@dataclass(frozen=True)
class ScheduledRun:
    """A run that the schedule has planned; `at` is UTC."""

    deployment: str
    at: datetime


@dataclass(frozen=True)
class Started:
    """A run that was asked for, by its name; not `is_new`: it had been started before."""

    name: str
    is_new: bool


class PlannedRun(BaseModel):
    """A run of the daily schedule, past or to come."""

    id: str
    state_type: str
    expected_start_time: datetime

    @property
    def day(self) -> date:
        """The New York date that it works on."""
        return self.expected_start_time.astimezone(SCHEDULE_ZONE).date()


class _Schedule(BaseModel):
    id: str
    active: bool


class _Deployment(BaseModel):
    """What is used of a deployment as Prefect tells it."""

    id: str
    name: str
    parameter_openapi_schema: dict[str, Any]
    schedules: list[_Schedule]
    paused: bool = False


_DEPLOYMENTS = TypeAdapter(list[_Deployment])
_PLANNED = TypeAdapter(list[PlannedRun])


def planned_at(day: date) -> datetime:
    """When the schedule runs a day, UTC."""
    return datetime.combine(day, SCHEDULE_TIME, SCHEDULE_ZONE).astimezone(UTC)


@dataclass(frozen=True)
class Server:
    """A Prefect server on this machine, at the address of its API; never asked through a proxy.

    `secret` is `user:password`, empty for a server that asks for none.
    """

    api: str
    secret: str = field(default="", repr=False)

    @property
    def pages(self) -> str:
        """Where its pages are."""
        return self.api.removesuffix("/api")

    def healthy(self, patience: float = 1.0) -> bool:
        """Whether it answers within `patience` seconds, and takes the secret."""
        try:
            return self._sent("GET", "admin/version", None, patience).is_success
        except httpx.HTTPError:
            return False

    def ensure_pool(self, folder: Path) -> None:
        """Make the work pool, or bring one of an earlier version up to date: its jobs run in `folder`.

        What a job runs stands here alone: no deployment and no run may name a command, a folder or variables
        of the environment.
        """
        template = {
            # Named outright, so that a run is one process in its worker's process group and ends with it.
            "job_configuration": {"command": "python -P -m prefect.engine", "working_dir": str(folder)},
            "variables": {"type": "object", "properties": {}, "additionalProperties": False},
        }
        if self._post("work_pools/filter", {"work_pools": {"name": {"any_": [POOL]}}}):
            self._request("PATCH", f"work_pools/{POOL}", {"base_job_template": template})
        else:
            self._post("work_pools/", {"name": POOL, "type": "process", "base_job_template": template})

    def switched_off(self) -> set[str]:
        """The names of the deployments whose schedules a person has switched off in the pages."""
        return {
            one.name
            for one in self._deployments()
            if one.schedules and not any(schedule.active for schedule in one.schedules)
        }

    def switch_off(self, names: set[str]) -> None:
        """Switch the schedules of these deployments off."""
        for one in self._deployments():
            for schedule in one.schedules if one.name in names else ():
                path = f"deployments/{one.id}/schedules/{schedule.id}"
                self._request("PATCH", path, {"active": False})

    def offer(self, found: Mapping[str, Choice]) -> None:
        """Let the form of every deployment offer these choices, by the names of the parameters."""
        for one in self._deployments():
            schema = offering(one.parameter_openapi_schema, found)
            self._request("PATCH", f"deployments/{one.id}", {"parameter_openapi_schema": schema})

    def is_scheduled(self) -> bool:
        """Whether the daily schedule is on."""
        daily = [one for one in self._deployments() if one.name == DAILY]
        return any(schedule.active for one in daily for schedule in one.schedules)

    def next_scheduled(self) -> ScheduledRun | None:
        """The next run that the daily schedule has planned; None while the scheduler has planned none."""
        names = {one.id: one.name for one in self._deployments() if one.name == DAILY}
        query = {
            "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}, "deployment_id": {"any_": list(names)}},
            "sort": "NEXT_SCHEDULED_START_TIME_ASC",
            "limit": 1,
        }
        for run in self._post("flow_runs/filter", query):
            at = datetime.fromisoformat(run["next_scheduled_start_time"])
            return ScheduledRun(names[run["deployment_id"]], at)
        return None

    def planned_runs(self, since: date, now: datetime) -> list[PlannedRun]:
        """The runs of the daily schedule that were planned from a day on until `now`, the oldest first."""
        found = [one.id for one in self._deployments() if one.name == DAILY]
        query = {
            "deployments": {"id": {"any_": found}},
            "flow_runs": {
                "expected_start_time": {"after_": planned_at(since).isoformat(), "before_": now.isoformat()},
            },
            "sort": "EXPECTED_START_TIME_ASC",
        }
        runs = self._post("flow_runs/filter", query) if found else []
        return _PLANNED.validate_python([run for run in runs if run["auto_scheduled"]])

    def automate(self, operator: Operator | None, pages: str) -> None:
        """Bring the server's automations up to date; one that a person has switched off stays off.

        Without an `operator` nobody is told by them. `pages` is where links to runs lead, empty for none.
        """
        [daily] = [one.id for one in self._deployments() if one.name == DAILY]
        block = self._operator_block(operator) if operator else None
        wanted = {one["name"]: one for one in automations(daily, block, pages)}
        there = {one["name"]: one for one in self._post("automations/filter", {})}
        for name, one in wanted.items():
            if name in there:
                body = {**one, "enabled": there[name]["enabled"]}
                self._request("PUT", f"automations/{there[name]['id']}", body)
            else:
                self._post("automations/", one)
        for name in {name for name in there if name.startswith(NAME)} - {*wanted}:
            self._request("DELETE", f"automations/{there[name]['id']}", None)

    def _operator_block(self, operator: Operator) -> str:
        """The id of the notification block by which the server tells the operator's channel."""
        kind = self._request("GET", "block_types/slug/custom-webhook", None).json()["id"]
        body = {"block_schemas": {"block_type_id": {"any_": [kind]}}}
        [schema, *_] = self._post("block_schemas/filter", body)
        named = {"block_documents": {"name": {"any_": [BLOCK]}}, "include_secrets": False}
        for known in self._post("block_documents/filter", named):
            self._request("PATCH", f"block_documents/{known['id']}", {"data": operator.block})
            return str(known["id"])
        made = {"name": BLOCK, "data": operator.block, "block_type_id": kind, "block_schema_id": schema["id"]}
        return str(self._post("block_documents/", made)["id"])

    def hold(self, run: PlannedRun) -> None:
        """Keep a run that has not begun: registering deployments deletes those that are only planned."""
        held = {"type": "PENDING", "message": "kept while the deployments are registered"}
        self._set_state(run.id, held, force=True)

    def skip(self, run: PlannedRun, why: str) -> None:
        """End a run that has not begun as Skipped."""
        self._set_state(run.id, {"type": "CANCELLED", "name": "Skipped", "message": why})

    def plan_day(self, day: date) -> None:
        """Plan the schedule's run of a day, also a past one; not again, and not where it is switched off."""
        start = datetime.combine(day, time(0), SCHEDULE_ZONE).isoformat()
        end = datetime.combine(day, time(23, 59), SCHEDULE_ZONE).isoformat()
        body = {"start_time": start, "end_time": end, "min_runs": 1, "max_runs": 1}
        for one in self._deployments():
            if one.name == DAILY and any(schedule.active for schedule in one.schedules):
                self._request("POST", f"deployments/{one.id}/schedule", body)

    def begin_again(self, run: PlannedRun) -> None:
        """Let a run that was interrupted or held begin, in its place among the others."""
        planned = {"scheduled_time": run.expected_start_time.isoformat()}
        again = {"type": "SCHEDULED", "name": "AwaitingRetry", "state_details": planned}
        self._set_state(run.id, again, force=True)

    def start_once(self, deployment: str, parameters: Json, command: str) -> Started:
        """Start a run of a deployment of ours now, unless one with these parameters has not ended.

        Asked twice at the same moment by the same `command` it is one run. The run's key names the newest run
        of that command before it, and the server has one run of a key. The tag shows where the run came from.
        """
        own = self._deployed(deployment)
        open_ones = {"type": {"any_": [*UNFINISHED, "SCHEDULED"]}}
        running = self._runs(own, {"state": open_ones})
        for one in running:
            if parameters.items() <= one["parameters"].items():
                return Started(str(one["name"]), is_new=False)
        before = self._runs(own, {"tags": {"all_": [command]}})
        if before and before[0]["state_type"] in {*UNFINISHED, "SCHEDULED"}:
            return Started(str(before[0]["name"]), is_new=False)
        key = f"{command} after {before[0]['id'] if before else 'none'}"
        body = {"parameters": parameters, "tags": [command], "idempotency_key": key}
        made = self._request("POST", f"deployments/{own}/create_flow_run", body)
        return Started(str(made.json()["name"]), is_new=made.status_code == httpx.codes.CREATED)

    def _runs(self, deployment: str, chosen: Json) -> list[dict[str, Any]]:
        """The runs of a deployment, by its id, that are `chosen`, the newest first."""
        asked = {"deployment_id": {"any_": [deployment]}, **chosen}
        found = self._post("flow_runs/filter", {"flow_runs": asked, "sort": "EXPECTED_START_TIME_DESC"})
        return list(found)

    def _deployed(self, deployment: str) -> str:
        ids = [one.id for one in self._deployments() if one.name == deployment]
        if not ids:
            raise BallastError(
                f"Prefect's server has no deployment {deployment!r}: start `ballast up` again."
            )
        return ids[0]

    def states(self, deployment: str, parameters: Json) -> list[str]:
        """The types of the states of a deployment's runs with these parameters, the newest run first."""
        found = self._runs(self._deployed(deployment), {})
        return [str(one["state_type"]) for one in found if parameters.items() <= one["parameters"].items()]

    def is_paused(self, deployment: str) -> bool:
        """Whether a person has switched a deployment off in the pages."""
        return any(one.paused for one in self._deployments() if one.name == deployment)

    def close_interrupted(self) -> None:
        """Mark runs as crashed whose worker is gone, those below them too, and free their place in the queue.

        Called before a worker starts, when whatever the pool still shows as running cannot be.
        """
        query = {
            "flow_runs": {"state": {"type": {"any_": UNFINISHED}}},
            "work_pools": {"name": {"any_": [POOL]}},
        }
        crashed = {"type": "CRASHED", "message": "interrupted: its worker ended before it did"}
        runs = [run["id"] for run in self._post("flow_runs/filter", query)]
        below = {"state": {"type": {"any_": UNFINISHED}}, "parent_flow_run_id": {"any_": runs}}
        children = self._post("flow_runs/filter", {"flow_runs": below}) if runs else []
        for run_id in (*(run["id"] for run in children), *runs):
            self._set_state(run_id, crashed, force=True)

    def _set_state(self, run_id: str, state: Json, *, force: bool = False) -> None:
        self._post(f"flow_runs/{run_id}/set_state", {"state": state, "force": force})

    def _deployments(self) -> list[_Deployment]:
        return _DEPLOYMENTS.validate_python(self._post("deployments/filter", {}))

    def _post(self, path: str, body: Json) -> Any:
        return self._request("POST", path, body).json()

    def _request(self, method: str, path: str, body: Json | None) -> httpx.Response:
        tries = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_is_busy),
            stop=tenacity.stop_after_delay(PATIENCE),
            wait=tenacity.wait_exponential(multiplier=0.1, max=2.0),
            reraise=True,
        )
        try:
            return tries(self._asked, method, path, body)
        except httpx.HTTPError as error:
            said = (str(error) or type(error).__name__).splitlines()[0]  # without its advice where to read
            raise BallastError(f"Prefect's server did not do what it was asked: {said}") from error

    def _asked(self, method: str, path: str, body: Json | None) -> httpx.Response:
        return self._sent(method, path, body, 30).raise_for_status()

    def _sent(self, method: str, path: str, body: Json | None, patience: float) -> httpx.Response:
        user, _, password = self.secret.partition(":")
        known = (user, password) if self.secret else None
        return httpx.request(
            method, f"{self.api}/{path}", json=body, auth=known, timeout=patience, trust_env=False
        )


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, httpx.HTTPStatusError) and error.response.status_code == BUSY
