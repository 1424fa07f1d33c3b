"""What of a Prefect server is ours: work pool, deployments, automations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from flows.up.api import Api
from flows.up.automations import BLOCK, Operator, Ours, automations
from flows.up.form import Choice, offering
from quant.errors import BallastError, InputError

POOL = "ballast"
KIND = "process"
"""What its jobs are."""
DAILY = "daily"
CHILD = "portfolio_day"
"""The flow of the runs below a daily one: no deployment is theirs."""


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


class Worker(BaseModel):
    """A worker as Prefect tells it; `status` is ONLINE until it has missed a few signs of life."""

    name: str
    status: str = "OFFLINE"
    last_heartbeat_time: datetime | None = None
    heartbeat_interval_seconds: int | None = None


_DEPLOYMENTS = TypeAdapter(list[_Deployment])
_WORKERS = TypeAdapter(list[Worker])


@dataclass(frozen=True)
class Registry(Api):
    """A Prefect server, and what of it is ours.

    `name` is empty for the server that `ballast up` starts, where all is ours. On a server that somebody
    else runs it is part of the names of our work pool, deployments and automations, so that several HOMEs can
    share it and none touches what is not its own.
    """

    name: str = ""

    @property
    def pool(self) -> str:
        """The work pool of this HOME."""
        return self._own(POOL)

    def _own(self, name: str) -> str:
        return f"{name}-{self.name}" if self.name else name

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
        for known in self._post("work_pools/filter", {"work_pools": {"name": {"any_": [self.pool]}}}):
            if known["type"] != KIND:
                raise InputError(
                    f"the work pool {self.pool!r} of {self.api} is of the type {known['type']!r} and not "
                    "ours: choose another name with BALLAST_PREFECT_NAME."
                )
            self._request("PATCH", f"work_pools/{self.pool}", {"base_job_template": template})
            return
        self._post("work_pools/", {"name": self.pool, "type": KIND, "base_job_template": template})

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

    def automate(self, operator: Operator | None, pages: str) -> None:
        """Bring the server's automations up to date; one that a person has switched off stays off.

        Without an `operator` nobody is told by them. `pages` is where links to runs lead, empty for none.
        """
        [daily] = [one.id for one in self._deployments() if one.name == DAILY]
        block = self._operator_block(operator) if operator else None
        ours = Ours(self.name, tuple(self._watched())) if self.name else Ours()
        wanted = {one["name"]: one for one in automations(daily, block, pages, ours)}
        there = {one["name"]: one for one in self._post("automations/filter", {"limit": 200})}
        for name, one in wanted.items():
            if name in there:
                body = {**one, "enabled": there[name]["enabled"]}
                self._request("PUT", f"automations/{there[name]['id']}", body)
            else:
                self._post("automations/", one)
        for name in {name for name in there if name.startswith(ours.prefix)} - {*wanted}:
            self._request("DELETE", f"automations/{there[name]['id']}", None)

    def _watched(self) -> Iterator[str]:
        """What runs of ours belong to, as the resources of Prefect's events."""
        yield from (f"prefect.deployment.{one.id}" for one in self._deployments())
        yield f"prefect.flow.{self._post('flows/', {'name': CHILD})['id']}"

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

    def _deployed(self, deployment: str) -> str:
        ids = [one.id for one in self._deployments() if one.name == deployment]
        if not ids:
            raise BallastError(
                f"Prefect's server has no deployment {deployment!r}: start `ballast up` again."
            )
        return ids[0]

    def is_paused(self, deployment: str) -> bool:
        """Whether a person has switched a deployment off in the pages."""
        return any(one.paused for one in self._deployments() if one.name == deployment)

    def is_registered(self) -> bool:
        """Whether any deployment of ours is there: a server may have lost its database."""
        return bool(self._deployments())

    def workers(self) -> list[Worker]:
        """The workers that have ever worked for our work pool; none where there is no such pool."""
        if not self._post("work_pools/filter", {"work_pools": {"name": {"any_": [self.pool]}}}):
            return []
        return _WORKERS.validate_python(self._post(f"work_pools/{self.pool}/workers/filter", {}))

    def _deployments(self) -> list[_Deployment]:
        """Ours, by the names of prefect.yaml."""
        chosen = {"work_pools": {"name": {"any_": [self.pool]}}} if self.name else {}
        found = _DEPLOYMENTS.validate_python(self._post("deployments/filter", chosen))
        return [one.model_copy(update={"name": self._plain(one.name)}) for one in found]

    def _plain(self, name: str) -> str:
        return name.removesuffix(f"-{self.name}") if self.name else name
