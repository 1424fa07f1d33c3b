"""What Prefect's pages show of a run: its name, its log, and the state in which it ends."""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext, TaskRunContext
from prefect.exceptions import FailedRun
from prefect.logging.handlers import APILogHandler
from prefect.runtime import flow_run
from prefect.states import Completed, Failed

from flows.every import Outcome
from quant.errors import BallastError
from tasks.context.words import count
from tasks.report.digest import digest
from tasks.report.document import line
from tasks.report.model import Report, RunStatus

NAMES: dict[RunStatus, str] = {
    "recommended": "Recommended", "partial": "Partial", "held": "Held", "no_action": "Completed",
}  # fmt: skip
"""The name of the state in which a day that did not fail ends."""
COUNTED: dict[RunStatus, str] = {
    "recommended": "recommended",
    "partial": "partial",
    "held": "held",
    "no_action": "nothing to do",
}
OURS = ("flows", "tasks")


def of_report(report: Report, data: Any) -> State[Any]:
    """The state in which a portfolio's day ends that did not fail: the verdict, and in the name its kind.

    `data` is what the flow returns.
    """
    name = NAMES[report.status]
    decision = digest(report).verdict.decision.removeprefix(f"{name.upper()}: ")
    return Completed(name=name, message=decision, data=data)


def of_failure(why: BallastError) -> State[Any]:
    """Failed, in one line."""
    return Failed(message=line(str(why)), data=why)


def of_several(outcomes: Sequence[Outcome], why: BallastError | None) -> State[Any]:
    """The state in which a day of several portfolios ends: how many of each, and `why` any failed.

    What the flow returns are the reports.
    """
    failed = sum(one.failed for one in outcomes)
    found = Counter(one.report.status for one in outcomes if one.report and not one.failed)
    rests = sum(one.report is None and one.error is None for one in outcomes)
    parts = [f"{found[status]} {said}" for status, said in COUNTED.items() if found[status]]
    parts += [f"{rests} not due"] if rests else []
    if why is None:
        reports = [one.report for one in outcomes if one.report is not None]
        return Completed(message=f"{count(len(outcomes), 'portfolio')}: {', '.join(parts)}", data=reports)
    rest = f"; {', '.join(parts)}" if parts else ""
    return Failed(message=f"{failed} of {len(outcomes)} failed{rest}: {line(str(why))}", data=why)


def run_name(portfolio: str, day: date | str | None) -> str:
    """The name of a run: portfolio and session, `latest` while nobody knows which that is."""
    return f"{Path(portfolio).stem} {day or 'latest'}"


def rename(portfolio: str, session: date | str) -> None:
    """Name the current flow run after the session that it works on, once that is known."""
    name = run_name(portfolio, session)
    if flow_run.id and flow_run.name != name:
        with get_client(sync_client=True) as client:
            client.update_flow_run(flow_run.id, name=name)


class _Said(logging.Filter):
    """Leaves out the failures of which the run's own state says all in its message."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        return not isinstance(error, BallastError | FailedRun)


class _InARun(logging.Filter):
    """Leaves out what is said outside of a run: there is no page that could show it."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - the record does not matter
        return FlowRunContext.get() is not None or TaskRunContext.get() is not None


SAID = _Said()


def keep_log() -> None:
    """Let the run's page show what the day says, a line for each step, and a failure once, in a sentence.

    Prefect's engine raises a failure again and logs its own traceback: that one is left out.
    """
    for name in ("prefect.flow_runs", "prefect.engine"):
        logging.getLogger(name).addFilter(SAID)
    for name in OURS:
        own = logging.getLogger(name)
        own.setLevel(logging.INFO)
        if not any(isinstance(one, APILogHandler) for one in own.handlers):
            handler = APILogHandler()
            handler.addFilter(_InARun())
            own.addHandler(handler)
