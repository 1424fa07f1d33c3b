"""In what the portfolios of a day run under Prefect: threads, processes, or the workers of Dask."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner

from config.settings import Settings
from quant.errors import BallastError, InputError

if TYPE_CHECKING:
    from prefect_dask.task_runners import DaskTaskRunner

PATIENCE = 10.0
"""Seconds that a scheduler at an address has to answer."""
NO_PAGES: dict[str, list[str]] = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}
"""Dask's own pages have no login, and show what is computed to every user of the machine."""


@contextmanager
def running(chosen: Settings) -> Iterator[TaskRunner[Any]]:
    """The runner that the settings choose, started: `BALLAST_WORKERS` portfolios at a time.

    Dask's scheduler is reached, or its workers are started, before anything is submitted.

    Raises:
        InputError: what it needs is not installed.
        BallastError: no scheduler answers at `BALLAST_DASK_ADDRESS`, or the workers could not be started.
    """
    with _chosen(chosen) as runner:
        if chosen.task_runner == "dask":
            _reach(runner, chosen.dask_address)  # type: ignore[arg-type] # as it was chosen
        yield runner


def _chosen(chosen: Settings) -> TaskRunner[Any]:
    match chosen.task_runner:
        case "dask":
            return _dask(chosen)
        case "processes":
            return ProcessPoolTaskRunner(max_workers=chosen.workers)
        case "threads":
            return ThreadPoolTaskRunner(max_workers=chosen.workers)


def _dask(chosen: Settings) -> "DaskTaskRunner":
    if find_spec("prefect_dask") is None:
        raise InputError(
            "BALLAST_TASK_RUNNER is dask, but prefect-dask is not installed: install requirements-dask.lock "
            "(docs/scaling.md), or set BALLAST_TASK_RUNNER to threads or processes."
        )
    from prefect_dask.task_runners import DaskTaskRunner  # noqa: PLC0415 - an optional group

    client = {"timeout": PATIENCE}
    if chosen.dask_address:
        return DaskTaskRunner(address=chosen.dask_address, client_kwargs=client)
    # One portfolio at a time in each: a thread beside it would wait for the same locks. `security`: whoever
    # reaches a scheduler without it has this user's rights.
    local = {
        "n_workers": chosen.workers,
        "threads_per_worker": 1,
        "security": True,
        "dashboard_address": None,
        "local_directory": str(chosen.home / "dask"),
    }
    return DaskTaskRunner(cluster_kwargs=local, client_kwargs=client)


def _reach(runner: "DaskTaskRunner", address: str) -> None:
    """Connect now: a scheduler that is away should be told before the vendor is asked."""
    import dask  # noqa: PLC0415 - an optional group

    try:
        with dask.config.set(NO_PAGES):
            _ = runner.client
    except (OSError, ValueError, RuntimeError) as error:  # a time-out is an OSError
        where = f"BALLAST_DASK_ADDRESS: no Dask scheduler answers at {address}" if address else "Dask"
        said = "" if address else f" could not start its workers: {error}"
        todo = ": start it with `dask scheduler`, or unset that setting." if address else "."
        raise BallastError(f"{where}{said}{todo}") from error
