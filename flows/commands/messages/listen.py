"""`ballast listen`: what people click in Slack is decided on and answered."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from flows.commands.options import Home

if TYPE_CHECKING:
    from tasks.listen.listener import Listener
    from tasks.listen.payloads import Asked

LOOK = 20.0
"""Seconds between two looks for what is due: decisions put off until now, alerts that nobody acknowledged."""


def listen(home: Home = None) -> None:
    """Listen to Slack, so that people can approve, reject and ask there; Ctrl-C stops it.

    Needs BALLAST_SLACK_APP_TOKEN; `ballast up` starts it by itself where that is set.

    Example: ballast listen
    """
    from config import settings as environment
    from flows.commands import calls
    from flows.commands.messages.slash import Slash, why
    from tasks.listen.answers import Desk
    from tasks.listen.listener import Listener
    from tasks.listen.voice import Voice
    from tasks.outbox import answered
    from tasks.outbox.alerting import escalated

    settings = environment.load(home)
    context = calls.context(settings, "ballast listen")
    desk = Desk(context, Voice(settings), lambda run: why(context, run, None), Slash(context).answer)

    def answer(asked: Asked) -> None:
        desk.answer(asked)
        calls.refresh_pages(context)

    listener = Listener(settings, answer)
    _stop_on_signals(listener)

    def look() -> None:
        answered.remind(context)
        escalated.escalate(context)

    listener.run(LOOK, look)


def _stop_on_signals(listener: Listener) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: listener.stopped.set())
