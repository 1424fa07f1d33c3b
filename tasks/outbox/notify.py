"""Step 6: one report to its channel, once. Alerts are a message of their own, sent as soon as known."""

from collections.abc import Sequence

from config.portfolio import stored
from tasks.context.context import Context
from tasks.context.safekeeping import optional
from tasks.context.step import step
from tasks.notifiers import Kind, channel_of
from tasks.outbox import deliver
from tasks.outbox.deliver import Clock
from tasks.report import assemble
from tasks.report import notices as told
from tasks.snapshot import between_steps
from warehouse import notices, runs


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
        with optional(f"that run {run_id} is withdrawn was not told"):
            with context.warehouse.open() as db:
                was_told = any(one.kind == "digest" for one in told.told(db, run_id))
            if was_told:
                notify(context, run_id)


def _tell(context: Context, run_id: str, kind: Kind) -> None:
    clock = Clock(context.now, context.sleep)
    with context.warehouse.open() as db:
        run = runs.load(db, run_id)
        report = assemble.of_run(db, run, context.now())
        if kind == "alert" and not report.alerts:
            return
        portfolio = stored(run.config)
        channel = channel_of(context.settings, portfolio)
        said = notices.digests(db, channel.address, run_id) if kind == "digest" else []
        mention = portfolio.slack.mention if portfolio.slack else ""
        notice = deliver.prepare(report, kind, channel, mention, said)
        # An alert does not wait for what earlier runs could not deliver.
        waits = kind != "alert" and bool(notices.undelivered(db, channel.address))
        claimed = None if waits else deliver.claim(db, notice, channel, clock)
    if claimed is None:
        deliver.drain(context.warehouse, channel, clock)
        deliver.deliver(context.warehouse, notice, channel, clock)
    else:
        deliver.bring(context.warehouse, notice, channel, clock, claimed)
