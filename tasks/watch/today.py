"""The watch of today's session of one exchange, one at a time."""

from collections.abc import Sequence
from datetime import date, timedelta

from config.calendar_overrides import exchange
from tasks.context.context import Context
from tasks.context.words import count
from tasks.watch import kept, live, lock
from tasks.watch.courier import Courier
from tasks.watch.live import Watched
from tasks.watch.replayed import wanted_calendar
from tasks.watch.wanted import wanted

EARLY = timedelta(hours=12)
"""A session that opens within so much is waited for."""
LATE = 2 * live.PATIENCE
"""For so long after the close a watch that was killed before its end is taken up again."""


def watch(
    context: Context,
    names: Sequence[str],
    source: str | None,
    calendar: str | None,
    session: date | None = None,
) -> Watched | None:
    """Watch the session that trades or opens within 12 hours until its close; None where none does.

    With `session` that one. One that has just closed is watched to its end where a watch of it was killed.

    Raises:
        InputError: anything that is asked for is not right, or this exchange is being watched already.
    """
    name = calendar or wanted_calendar(context, names)
    traded, now = exchange(context.home, name), context.now()
    day = session or traded.day_of(now)
    if not traded.is_session(day) or traded.hours(day)[0][0] - now > EARLY:
        return None
    begun = kept.file(context.home, name, day).exists()
    if now >= traded.close(day) + (LATE if begun else timedelta()):
        return None
    asked = wanted(context, names, name, day)
    with lock.alone(context.home, name, day):
        courier = Courier()
        try:
            return live.watch(context, asked, source, courier)
        finally:
            courier.close()


def words(done: Watched | None) -> str:
    """What a watch has done, in one line."""
    if done is None:
        return "market closed: there is no session to watch now."
    missing = f"; no bars of {count(len(done.errors), 'symbol')} at the end" if done.errors else ""
    return (
        f"{done.calendar} {done.session}: {count(done.minutes, 'minute')} watched, "
        f"{count(done.falls, 'fall')}, {count(done.messages, 'message')}{missing}"
    )
