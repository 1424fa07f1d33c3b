"""Delivery beside the watch: a channel that is slow must not keep the next minute waiting."""

import logging
import queue
import threading
from collections.abc import Sequence

from tasks.context.context import Context
from tasks.context.safekeeping import optional
from tasks.notifiers import Channel
from tasks.outbox import answer
from tasks.site import publish

log = logging.getLogger(__name__)
Work = tuple[Context, Sequence[Channel]] | None


def bring(context: Context, channels: Sequence[Channel]) -> None:
    """Deliver what waits for channels, and bring the pages up to date."""
    answer.bring(context, channels)
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

    def __call__(self, context: Context, channels: Sequence[Channel]) -> None:
        """Ask for a delivery to channels."""
        self._work.put((context, channels))

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
