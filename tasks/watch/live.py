"""The watch of a session while it trades: minute after minute, stored, told, and kept for a restart."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from config.alerts import WatchRules
from config.settings import prepare_home
from quant.errors import BallastError, VendorError, WarehouseError
from tasks.alerts import in_force
from tasks.context.context import Context
from tasks.context.safekeeping import optional
from tasks.context.words import count, some
from tasks.ingest.vendor_request import check
from tasks.notifiers import channels_of
from tasks.notifiers.slack import identity
from tasks.outbox.failed import failed
from tasks.watch import courier, kept, market, noted, telling
from tasks.watch.feed import Feed, Minutes, checked
from tasks.watch.minutes import Played, Seen
from tasks.watch.replayed import last_minute
from tasks.watch.second import Second
from tasks.watch.telling import Asked
from tasks.watch.wanted import Wanted
from warehouse.database.database import Database

log = logging.getLogger(__name__)
LONGEST = 5.0
"""Seconds between two looks at the clock at most."""
AGAIN = 30.0
"""Seconds after which a source that gave nothing at all is asked again."""
PATIENCE = timedelta(minutes=15)
"""After the close: for so long missing bars are asked for, and messages are kept back."""
FLOW = "watch"
Bring = Callable[[Context, Asked], None]


@dataclass
class Watched:
    """What a watch has done. `missed` is since when no bar of any symbol has come, None where one did."""

    calendar: str
    session: date
    minutes: int = 0
    falls: int = 0
    messages: int = 0
    resumed: bool = False
    missed: datetime | None = None
    errors: dict[str, str] = field(default_factory=dict)


def watch(context: Context, wanted: Wanted, source: str | None, bring: Bring = courier.bring) -> Watched:
    """Watch a session from now until its close; `bring` delivers to channels what waits for them.

    Started again within the session it goes on where it was: nothing is told twice, and the minutes in
    between are asked for.

    Raises:
        InputError: the source has no minute bars or is not right.
    """
    prepare_home(context.home)
    name = checked(context, wanted, source)
    opening = context.warehouse.transact(lambda db: market.at_open(db, context, wanted))
    feed = Feed.live(context, wanted, name, opening.split)
    try:
        return Live(context, wanted, feed, bring, opening, Second(context, wanted, name)).run(name)
    finally:
        feed.close()


class Live:
    """One session under way; `feed` has its minutes."""

    def __init__(
        self, context: Context, wanted: Wanted, feed: Minutes, bring: Bring,
        opening: market.Opening, second: Second | None = None,
    ) -> None:  # fmt: skip
        self.context, self.wanted, self.feed, self.bring = context, wanted, feed, bring
        self.second = second
        self.rules: WatchRules = in_force.rules(context).watch
        self.played = Played.fresh(wanted, opening)
        self.file = kept.file(context.home, wanted.calendar.name, wanted.session)
        self.done = Watched(wanted.calendar.name, wanted.session)
        self.due: datetime | None = None
        self.lasting = False
        self.unsaved: list[Seen] = []
        self.reported: datetime | None = None

    def run(self, source: str) -> Watched:
        """From the restart of what was kept to the close."""
        kept.sweep(self.context.home, self.wanted.calendar.name, self.wanted.session)
        saved = kept.kept(self.file, self.wanted.symbols)
        if saved is not None:
            self.played.watch.restore(saved)
            self.done.resumed = True
        if not self.done.resumed:
            self._check(source)
        self._tell()  # what a watch that was killed had stored and not told
        while not self.played.is_over:
            self.minute()
        self._note(self.played.finish())
        self._keep()
        self._settle()
        if self.unsaved:
            raise WarehouseError("falls could not be stored: the watch of this session is to be begun again")
        return self.done

    def minute(self) -> None:
        """Wait for the minute that is due, and pass it with all that have ended."""
        self._wait()
        self._minutes()
        self._silence()

    def _check(self, source: str) -> None:
        """Before the first minute: the operator is told of a source or a channel that does not answer."""
        with optional("the source was not checked before the open"):
            failure = check(self.context, source)
            if failure is not None:
                self._report("source", f"{source} does not answer: {failure}")
        settings = self.context.settings
        found = [one for of in self.wanted.portfolios.values() for one in channels_of(settings, of)]
        for channel in {one.address: one for one in found if one.notifier == "slack"}.values():
            try:
                identity(channel)
            except VendorError as error:
                self._report("channels", f"{channel.address} cannot be told of a fall: {error}")

    def _wait(self) -> None:
        """Until the minute that is due has ended and its bars have had time to come; telling meanwhile."""
        begin = self.wanted.moment(self.played.due).replace(tzinfo=UTC)
        until = begin + timedelta(minutes=1, seconds=self.rules.grace_seconds)
        while (left := (until - self.context.now()).total_seconds()) > 0:
            if self.due is not None and self.due <= self.context.now():
                self._tell()
            self.context.sleep(min(left, LONGEST))

    def _minutes(self) -> None:
        """Ask for the minutes that have ended, and pass them."""
        now = self.context.now()
        number = last_minute(self.wanted, now - timedelta(seconds=self.rules.grace_seconds))
        since = self.wanted.moment(self.played.due).replace(tzinfo=UTC)
        bars = self.feed.bars(since, now)
        self._noted_errors()
        self.done.missed = None if len(bars.minute) else self.done.missed or since
        if self.done.missed and now < self.wanted.calendar.close(self.wanted.session) + PATIENCE:
            if self.due is not None and self.due <= now:
                self._tell()
            self.context.sleep(AGAIN)  # the minutes are not passed over: they are asked for again
            return
        self._ask_second(number, now)
        for minute, seen in self.played.play(bars, number, self.second.prices if self.second else None):
            self.done.minutes = minute + 1
            if minute < number:
                self._note(seen)
            elif seen or self.lasting:
                self._note_and_tell(seen)
        self._keep()

    def _ask_second(self, number: int, now: datetime) -> None:
        """Ask another source about falls that are not confirmed; it stands in for nothing else."""
        if self.second is not None:
            self.second.ask(self.played.watch.doubtful, number, now)

    def _noted_errors(self) -> None:
        """Log what the source did not deliver, where that is news."""
        errors = {one.symbol: one.error for one in self.feed.errors.values()}
        if errors and [*errors] != [*self.done.errors]:
            said = some([f"{symbol} ({error})" for symbol, error in errors.items()])
            log.warning("no minute bars: %s", said)
        self.done.errors = errors

    def _note(self, seen: Sequence[Seen]) -> None:
        """Store what changed in a minute, before the minute is kept as passed.

        What cannot be stored now is tried again with the next minute.
        """
        self._changed(seen)
        with optional("falls were not stored: the next minute tries again"):
            if self.unsaved:
                now = self.context.now()
                self.context.warehouse.transact(lambda db: noted.note(db, self.wanted, self.unsaved, now))
                self.unsaved = []

    def _note_and_tell(self, seen: Sequence[Seen]) -> None:
        """Store what changed in the newest minute and tell it, in one visit of the warehouse: people wait.

        Where it cannot be told, it is stored alone.
        """
        self._changed(seen)
        try:
            self._ask()
        except (OSError, BallastError) as error:
            log.warning("nobody was told of falls: the next minute tries again: %s", error)
            self._note(())

    def _changed(self, seen: Sequence[Seen]) -> None:
        self.lasting = self.lasting or bool(seen)
        self.done.falls += sum(one.fall.change == "fired" for one in seen)
        self.unsaved += seen

    def _tell(self) -> None:
        """Tell what is due by now; a channel that fails gets it with the next delivery."""
        with optional("nobody was told of falls: the next minute tries again"):
            self._ask()

    def _ask(self) -> None:
        now, rules = self.context.now(), in_force.rules(self.context)

        def work(db: Database) -> telling.Asked:
            if self.unsaved:
                noted.note(db, self.wanted, self.unsaved, now)
            return telling.ask(db, self.context, self.played, rules, now)

        asked = self.context.warehouse.transact(work)
        self.unsaved = []
        self.due, self.lasting = asked.next_due, asked.lasting
        self.done.messages += len(asked.channels)
        if asked.channels:
            self.bring(self.context, asked)

    def _keep(self) -> None:
        """Keep the minutes as passed; not while what they changed is not stored."""
        if self.unsaved:
            return
        with optional("the minutes so far were not kept: after a kill they are read again"):
            kept.keep(self.file, self.wanted.symbols, self.played.watch.save())

    def _settle(self) -> None:
        """After the close: tell what rules keep back for some minutes."""
        until = self.context.now() + PATIENCE
        self._tell()
        while self.due is not None and self.due <= until:
            self.context.sleep(max(0.0, (self.due - self.context.now()).total_seconds()))
            self._tell()

    def _silence(self) -> None:
        """Tell the operator, once a session, that no bar of any symbol has come for some minutes."""
        since, minutes = self.done.missed, self.rules.silent_minutes
        if since is None or since == self.reported or self.context.now() - since < timedelta(minutes=minutes):
            return
        self.reported = since
        said = [f"{symbol}: {error}" for symbol, error in self.done.errors.items()]
        why = f" ({some(said, 1)})" if said else ""
        at = since.astimezone(self.wanted.calendar.zone)
        self._report(
            "bars",
            f"no minute bar of any of {count(len(self.wanted.symbols), 'symbol')} on "
            f"{self.wanted.calendar.name} since {at:%H:%M %Z}{why}",
        )

    def _report(self, step: str, cause: str) -> None:
        with optional("the operator was not told of it"):
            failed(self.context, FLOW, step, cause)
