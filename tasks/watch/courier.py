"""Delivery beside the watch: a channel that is slow must not keep the next minute waiting."""

import logging
import queue
import threading

from tasks.context.context import Context
from tasks.context.safekeeping import optional
from tasks.outbox import answer
from tasks.outbox.alerting import fell
from tasks.site import publish
from tasks.watch.telling import Asked

log = logging.getLogger(__name__)
Work = tuple[Context, Asked] | None


def bring(context: Context, asked: Asked) -> None:
    """Deliver what was put into the outbox, then its pictures, and bring the pages up to date."""
    answer.bring(context, asked.channels)
    for told, hour in asked.pictures:
        fell.illustrate(context, told, hour, asked.channels)
    with optional("the pages do not show the newest alerts yet"):
        publish.refresh(context)


class Courier:
    """Brings what waits for channels in a thread of its own, one request after another.

    What it does not bring stays in the outbox for the next delivery.
    """

    def __init__(self) -> None:
        self._work: queue.Queue[Work] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self._thread.start()

    def __call__(self, context: Context, asked: Asked) -> None:
        """Ask for a delivery."""
        self._work.put((context, asked))

    def close(self, seconds: float = 60.0) -> None:
        """Wait until what was asked for has been tried, at most for some seconds."""
        self._work.put(None)
        self._thread.join(seconds)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            try:
                bring(*work)
            except Exception:
                log.exception("messages of the watch wait for the next delivery")
