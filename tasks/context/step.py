"""A step of a flow: a Prefect task inside a Prefect flow run, a plain function outside of one.

So the command line works without a server (starting one would take longer than the day's work), and a run in
Prefect shows each step with its state, retries and logs. Prefect is not even imported unless a flow runs.
"""

import sys
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from tasks.context.context import Context

_begun = ContextVar("_begun", default="plan")

P = ParamSpec("P")
R = TypeVar("R")


def step(
    function: Callable[Concatenate[Context, str, P], R],
) -> Callable[Concatenate[Context, str, P], R]:
    """Make `function(place, run_id, ...)` a step."""

    @wraps(function)
    def call(context: Context, run_id: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
        _begun.set(function.__name__)
        if not _in_flow_run():
            return function(context, run_id, *args, **kwargs)
        from prefect import task  # noqa: PLC0415
        from prefect.cache_policies import NO_CACHE  # noqa: PLC0415

        # NO_CACHE: a step writes; its arguments must not be pickled for a cache key either.
        return task(cache_policy=NO_CACHE, persist_result=False)(function)(context, run_id, *args, **kwargs)

    return call


def begun() -> str:
    """The name of the step that began last, of this thread; "plan" before the first."""
    return _begun.get()


def _in_flow_run() -> bool:
    context = sys.modules.get("prefect.context")
    return context is not None and context.FlowRunContext.get() is not None
