"""Delivery of what waits in the outbox, without waiting for the next run."""

from collections import Counter

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from config import privacy, settings
from flows import clock
from flows.failures import told
from flows.states import keep_log, of_failure
from quant.errors import BallastError
from tasks.context.context import live
from tasks.outbox.alerting.escalated import escalate
from tasks.outbox.delivery import deliver_all


@flow(name="deliver", persist_result=False)
@told
def deliver() -> State[None]:
    """Bring the messages that wait to their channels, and call others to alerts that nobody acknowledged."""
    privacy.begin()
    keep_log()
    try:
        context = live(settings.load(), clock.now, clock.sleep, "ballast deliver (Prefect)")
        rows = deliver_all(context) if context.warehouse.exists() else []
        escalate(context)  # last: a wrong file of rules must not hold up what waits
    except BallastError as error:
        return of_failure(error)
    states = Counter(row.state for row in rows)
    said = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
    return Completed(message=said or "no message waits")
