"""Every failure of a flow reaches the operator, once: with the step, the cause in one line, and a link."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from prefect.client.schemas.objects import State
from prefect.runtime import flow_run

from config import settings
from config.settings import prepare_home
from flows import clock
from quant.errors import BallastError
from tasks.context.context import live
from tasks.context.safekeeping import optional
from tasks.outbox.failed import failed

P = ParamSpec("P")
R = TypeVar("R")


class StepsFailedError(BallastError):
    """A flow of which steps have failed; `causes` are they, each with its cause."""

    def __init__(self, causes: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(cause for _, cause in causes))
        self.causes = causes


def told(function: Callable[P, R]) -> Callable[P, R]:
    """A flow's function whose failure the operator is told, whether it raises or ends in a failed state."""
    flow = function.__name__

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            found = function(*args, **kwargs)
        except Exception as error:
            _tell(flow, flow, f"{type(error).__name__}: {error}")
            raise
        if isinstance(found, State) and found.is_failed():
            why = found.data
            causes = why.causes if isinstance(why, StepsFailedError) else [(flow, found.message or "")]
            for step, cause in causes:
                _tell(flow, step, cause)
        return found

    return run


def _tell(flow: str, step: str, cause: str) -> None:
    """A failure that cannot be told must not hide itself: the run ends as it would have."""
    with optional(f"the operator was not told that {flow} failed"):
        context = live(settings.load(), clock.now, clock.sleep, f"ballast {flow} (Prefect)")
        prepare_home(context.home)
        failed(context, flow, step, cause, flow_run.ui_url)
