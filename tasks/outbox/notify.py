"""Step 6: one report to its channel, once. Alerts are a message of their own, sent as soon as known."""

from collections.abc import Sequence

from config.portfolio import Portfolio
from tasks.context.context import Context
from tasks.context.safekeeping import optional
from tasks.context.step import step
from tasks.notifiers import Kind, channel_of
from tasks.outbox import deliver
from tasks.outbox.deliver import Clock
from tasks.report import assemble
from tasks.report import notices as told
from warehouse import notices, runs


@step
def notify_alerts(context: Context, run_id: str) -> None:
    """Tell at once what is breaking; nothing where nothing is."""
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
    with context.warehouse.open() as db:
        report = assemble.assemble(db, run_id, context.now())
        portfolio = Portfolio.model_validate_json(runs.load(db, run_id).config)
        channel = channel_of(context.settings, portfolio)
        said = notices.digests(db, channel.address, run_id) if kind == "digest" else []
    if kind == "alert" and not report.alerts:
        return
    clock = Clock(context.now, context.sleep)
    mention = portfolio.slack.mention if portfolio.slack else ""
    notice = deliver.prepare(report, kind, channel, mention, said)
    if kind != "alert":  # an alert does not wait for what earlier runs could not deliver
        deliver.drain(context.warehouse, channel, clock)
    deliver.deliver(context.warehouse, notice, channel, clock)
