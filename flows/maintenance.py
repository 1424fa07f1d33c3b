"""Keeping the warehouse: backed up, verified and published. Prefect prunes its own history by itself."""

import logging
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed

from config import privacy, settings
from flows import clock
from flows.failures import told
from flows.states import keep_log, of_failure
from quant.errors import BallastError
from tasks.context import safekeeping
from tasks.context.context import Context, live
from tasks.context.words import count
from tasks.record import ledger
from warehouse.record import verify as verifying

log = logging.getLogger(__name__)


@flow(name="maintenance", persist_result=False)
@told
def maintenance() -> State[Any]:
    """Back up the warehouse, read every row of it prove its ledger, publish a copy, and tidy up."""
    privacy.begin()
    keep_log()
    try:
        context = live(settings.load(), clock.now, clock.sleep, "ballast maintenance (Prefect)")
        if not context.warehouse.exists():
            return Completed(message="There is no warehouse yet: the first run makes it.")
        said = [back_up(context), verify(context), publish(context), *filter(None, [tidy(context)])]
    except BallastError as error:
        return of_failure(error)
    return Completed(message="; ".join(said))


@task(cache_policy=NO_CACHE, persist_result=False)
def back_up(context: Context) -> str:
    """Take a backup and remove those that are too old; what was done."""
    taken = safekeeping.back_up(context)
    return _said(f"backed up to {taken.backup.file.name}, {count(len(taken.removed), 'old backup')} removed")


@task(cache_policy=NO_CACHE, persist_result=False)
def verify(context: Context) -> str:
    """Read every row and check the invariants.

    Raises:
        BallastError: one of them is broken.
    """
    tables, found = verifying.verify(context.warehouse.read, context.now(), ledger.outside(context))
    if broken := [one for one in found if one.broken]:
        said = f"{broken[0].rule} ({broken[0].first})"
        raise BallastError(f"the warehouse is not as it must be: {said}. See `ballast warehouse verify`.")
    return _said(f"verified {count(len(tables), 'table')}, {count(len(found), 'invariant')}")


@task(cache_policy=NO_CACHE, persist_result=False)
def publish(context: Context) -> str:
    """Leave a copy for people and dashboards."""
    context.warehouse.publish()
    return _said("published")


@task(cache_policy=NO_CACHE, persist_result=False)
def tidy(context: Context) -> str | None:
    """Keep the warehouse quick, where its engine needs that."""
    done = context.warehouse.tidy(context.now())
    return _said(done) if done else None


def _said(line: str) -> str:
    log.info(line)
    return line
