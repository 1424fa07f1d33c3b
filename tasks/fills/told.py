"""Fills in the thread of the message that recommended them."""

from collections import defaultdict
from collections.abc import Sequence

from quant.people import Actor
from tasks.context.context import Context
from tasks.context.words import number, quantity
from tasks.notifiers import Channel
from tasks.orders.entries import Fill
from tasks.outbox import answer
from tasks.report.messages.answers import of_fills
from warehouse import runs
from warehouse.database.database import Database
from warehouse.record.entered import Entered


def tell(db: Database, context: Context, entries: Sequence[Entered[Fill]], by: Actor) -> list[Channel]:
    """Put what was filled into the outbox, one message for each run; the channels that get it."""
    by_run: defaultdict[str, list[Entered[Fill]]] = defaultdict(list)
    for one in entries:
        by_run[one.subject].append(one)
    channels = []
    for run_id, of in by_run.items():
        run = runs.load(db, run_id)
        sentences = [_sentence(one.said) for one in of]
        message = of_fills(run.portfolio, run.session.isoformat(), run_id, sentences, by.name)
        channels += answer.ask(db, context, run_id, message, of[0].hash)
    return channels


def _sentence(said: Fill) -> str:
    """E.g. "SELL 105 AAA at 99.8; the limit was 99.5"."""
    what = f"{said.side} {quantity(float(said.quantity))} {said.symbol} at {number(float(said.price))}"
    return f"{what}; the limit was {number(said.limit_price)}"
