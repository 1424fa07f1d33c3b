"""What `ballast up` asks of the Prefect server over its REST API."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from pydantic import BaseModel, TypeAdapter

from flows.up.registry import DAILY, Registry
from quant.documents import Json

HOST = "127.0.0.1"
# The time zone of the schedule in prefect.yaml.
SCHEDULE_ZONE = ZoneInfo("America/New_York")
SCHEDULE_TIME = time(18, 30)
UNFINISHED = ["RUNNING", "PENDING", "CANCELLING"]


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


_PLANNED = TypeAdapter(list[PlannedRun])


def planned_at(day: date) -> datetime:
    """When the schedule runs a day, UTC."""
    return datetime.combine(day, SCHEDULE_TIME, SCHEDULE_ZONE).astimezone(UTC)


class Server(Registry):
    """A Prefect server and the runs of ours on it."""

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

    def states(self, deployment: str, parameters: Json) -> list[str]:
        """The types of the states of a deployment's runs with these parameters, the newest run first."""
        found = self._runs(self._deployed(deployment), {})
        return [str(one["state_type"]) for one in found if parameters.items() <= one["parameters"].items()]

    def close_interrupted(self) -> None:
        """Mark runs as crashed whose worker is gone, those below them too, and free their place in the queue.

        Called before a worker starts, when whatever the pool still shows as running cannot be.
        """
        query = {
            "flow_runs": {"state": {"type": {"any_": UNFINISHED}}},
            "work_pools": {"name": {"any_": [self.pool]}},
        }
        crashed = {"type": "CRASHED", "message": "interrupted: its worker ended before it did"}
        runs = [run["id"] for run in self._post("flow_runs/filter", query)]
        below = {"state": {"type": {"any_": UNFINISHED}}, "parent_flow_run_id": {"any_": runs}}
        children = self._post("flow_runs/filter", {"flow_runs": below}) if runs else []
        for run_id in (*(run["id"] for run in children), *runs):
            self._set_state(run_id, crashed, force=True)

    def _set_state(self, run_id: str, state: Json, *, force: bool = False) -> None:
        self._post(f"flow_runs/{run_id}/set_state", {"state": state, "force": force})
