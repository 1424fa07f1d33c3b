"""A flow has failed: the operator is told, once."""

import json

from tasks.context.context import Context
from tasks.context.safekeeping import optional
from tasks.notifiers import operator
from tasks.outbox.prepare import prepare_failure
from tasks.outbox.transport import deliver
from tasks.outbox.transport.attempts import Clock
from tasks.report.links import public
from tasks.report.messages.answers import of_failure
from tasks.report.model import NoticeRow
from tasks.report.notices import row_of
from warehouse import notices


def failed(context: Context, flow: str, step: str, cause: str, link: str | None = None) -> NoticeRow:
    """Tell the operator that a step of a flow failed, and why; what became of the message.

    `link` is the flow run's page on Prefect's own server: the message has it as BALLAST_PUBLIC_URL says. The
    same failure (by flow, step, cause, and by its page or else its day) is told once, however often this is
    called. A channel that fails holds nothing up: the message stays in the outbox.

    Raises:
        WarehouseError: the outbox cannot be written.
    """
    now, channel = context.now(), operator(context.settings)
    sentence = " ".join(cause.split()) or "no reason was given"
    message = of_failure(flow, step, sentence, now, public(link, context.settings.public_url))
    identity = json.dumps([flow, step, sentence, link or now.date().isoformat()])
    notice = prepare_failure(message, channel, flow, now, identity)
    context.warehouse.transact(lambda db: notices.ask(db, notice, now))
    with optional(f"{channel.address} was not told that {flow} failed: the next delivery does it"):
        deliver.drain(context.warehouse, channel, Clock(context.now, context.sleep))
    return context.warehouse.read(lambda db: row_of(notices.one(db, notice.key)))
