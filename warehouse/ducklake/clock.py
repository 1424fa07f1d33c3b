"""The clock of the database, by which all machines live that share it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from quant.errors import BallastError

GOOD_FOR = 60.0
"""Seconds for which the database's time is carried on by this process alone."""
_JUMP = timedelta(seconds=1)


class Clock:
    """The database's time: asked for, and carried on by a clock of this process that nobody sets.

    It is asked again after a minute, and when this machine's own clock has gone otherwise meanwhile: it was
    set, or the machine slept. While the database cannot be reached it is this machine's own clock: what would
    be stored by it cannot be.
    """

    def __init__(self, asked: Callable[[], datetime], own: Callable[[], datetime]) -> None:
        self._asked, self._own = asked, own
        self._known: tuple[datetime, datetime, float] | None = None

    def __call__(self) -> datetime:
        """This moment, UTC."""
        own, steady = self._own(), time.monotonic()
        if self._known is not None:
            told, then, since = self._known
            gone = timedelta(seconds=steady - since)
            if gone < timedelta(seconds=GOOD_FOR) and abs((own - then) - gone) < _JUMP:
                return told + gone
        try:
            told = self._asked().astimezone(UTC)
        except BallastError:
            return own
        # In the middle of asking, as far as anybody can tell.
        half = timedelta(seconds=(time.monotonic() - steady) / 2)
        self._known = (told + half, self._own(), time.monotonic())
        return told + half
