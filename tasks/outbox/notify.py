"""Step 6: one report to each of its channels. Alerts are a message of their own, sent as soon as known."""

from collections.abc import Sequence
from functools import partial

from config.portfolio import stored
from tasks.alerts import in_force, noted
from tasks.alerts.life import SEVERITIES
from tasks.alerts.routing import routed
from tasks.context.context import Context
from tasks.context.safekeeping import optional
from tasks.context.step import step
from tasks.notifiers import Channel, channels_of
from tasks.outbox import conversation
from tasks.outbox.transport import deliver
from tasks.outbox.transport.attempts import Clock
from tasks.outbox.transport.deliver import Claim
from tasks.report import assemble
from tasks.report import notices as reported
from tasks.report.links import told
from tasks.report.messages.message import Kind
from tasks.snapshot import between_steps
from warehouse import notices, runs
from warehouse.database.database import Database
from warehouse.notices import Notice


@step
def notify_alerts(context: Context, run_id: str) -> None:
    """Tell at once what is breaking; nothing where nothing is."""
    if not between_steps.is_quiet(context, run_id):
        _tell(context, run_id, "alert")


@step
def notify(context: Context, run_id: str) -> None:
    """Tell the day's digest, after whatever earlier runs could not deliver."""
    _tell(context, run_id, "digest")


def tell_withdrawn(context: Context, run_ids: Sequence[str]) -> None:
    """Tell that runs are withdrawn where they had told what to trade; the ledger has it in any case."""
    for run_id in run_ids:
        with optional(f"no message says that run {run_id} is withdrawn"):
            said = context.warehouse.read(partial(reported.of_run, run_id=run_id))
            if any(one.kind == "digest" for one in said):
                notify(context, run_id)


def _tell(context: Context, run_id: str, kind: Kind) -> None:
    """Tell every channel of the run; one that fails is noted with its notice and holds up no other.

    All of it is in the outbox before anything goes out. The first message is claimed in the visit that reads
    the report; each further one in a visit of its own, so that no lease runs out while those before it are
    told.
    """
    clock = Clock(context.now, context.sleep)
    messages, claimed = context.warehouse.transact(lambda db: _prepared(db, context, run_id, kind, clock))
    failures: list[Exception] = []
    for channel, asked in messages:
        try:
            _bring(context, channel, asked, clock, claimed)
        except Exception as error:  # noqa: BLE001 - raised below, when the other channels have been told
            failures.append(error)
        claimed = None
    if failures:
        raise failures[0]


def _prepared(
    db: Database, context: Context, run_id: str, kind: Kind, clock: Clock
) -> tuple[list[tuple[Channel, list[Notice]]], Claim | None]:
    """What is to be told to which channel, and the claim of the first; nothing where nothing is."""
    run = runs.load(db, run_id)
    report = told(assemble.of_run(db, run, context.now()), context.settings.public_url)
    channels = channels_of(context.settings, stored(run.config))
    if kind == "alert":
        found, since = noted.to_tell(db, run, report.alerts, clock.now())
        if not found:
            return [], None
        report = report.model_copy(update={"alerts": found})
        worst = max((one.severity for one in found), key=SEVERITIES.index)
        channels = routed(channels, run.portfolio, worst, since, in_force.rules(context))
    asked_of = [(channel, conversation.ask(db, report, kind, channel, clock.now())) for channel in channels]
    messages = [one for one in asked_of if notices.next_one(db, one[0].address)]  # else all is there already
    if not messages:
        return [], None
    channel, asked = messages[0]
    first = notices.next_one(db, channel.address)
    if first is None or first.notice.key != asked[0].key:
        return messages, None  # something else goes before it
    return messages, deliver.claim(db, asked[0].key, channel, clock)


def _bring(
    context: Context, channel: Channel, asked: list[Notice], clock: Clock, claimed: Claim | None
) -> None:
    """Bring what a run has asked for to a channel, after what earlier runs could not deliver there."""
    if claimed is not None:
        done = deliver.bring(context.warehouse, channel, clock, claimed)
        asked = [] if deliver.is_closed(done) else asked[1:]
    if not asked:
        return
    tried = set()
    if asked[0].kind != "alert":
        tried = {one.key for one in deliver.drain(context.warehouse, channel, clock)}
    for notice in asked:
        if notice.key not in tried:
            deliver.bring_known(context.warehouse, notice.key, channel, clock)
