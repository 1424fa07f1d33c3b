"""One owner's try at one notice: attempts with pauses, and looks into the history where one is in doubt."""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tasks.notifiers import (
    Channel,
    Notifier,
    NotSentError,
    Place,
    Receipt,
    RefusedError,
    Said,
    UncertainError,
    UnreadableError,
)
from tasks.outbox.transport import files
from tasks.outbox.transport.place import alone, placed
from warehouse import notices
from warehouse.backend import Warehouse
from warehouse.notices import Notice

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
SETTLE = timedelta(seconds=2)  # a request that was under way when its sender died has arrived by then
ATTEMPT_WAITS = (0.0, 1.0, 2.0, 4.0)  # seconds before each attempt
FILE_WAITS = (0.0, 1.0)  # a file holds up what comes after it no longer than needed
LOOK_WAITS = (0.0, 1.0, 2.0)  # seconds before each look into the history
PATIENCE = 30.0  # seconds; a channel that asks to wait longer is left to a later delivery


@dataclass(frozen=True)
class Clock:
    """The wall clock, handed in: `now` in UTC and aware, `sleep` in seconds."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None]


@dataclass(frozen=True)
class Outcome:
    """What became of the attempts so far; `sending_at` is set while one of them may still have arrived.

    `retry_after` is how long the channel asked to wait, in seconds.
    """

    state: str
    error: str | None = None
    receipt: Receipt = field(default_factory=Receipt)
    sending_at: datetime | None = None
    retry_after: float = 0.0


@dataclass
class Attempts:
    """One owner's try at one notice; `notice` is what is sent, in the place that is found for it."""

    warehouse: Warehouse
    notice: Notice
    channel: Channel
    clock: Clock
    me: str
    known_id: str | None
    notifier: Notifier

    def run(self, began: datetime | None = None, pause: float = 0.0) -> Outcome | None:
        """Send, patiently; None when another owner has taken over.

        `began`: an attempt is noted already; `pause`: seconds until the channel may get another message.
        """
        outcome: Outcome | None = Outcome("pending", retry_after=pause)
        began = None if pause else began
        for wait in FILE_WAITS if self.notice.kind == "file" else ATTEMPT_WAITS:
            assert outcome is not None
            pause = max(wait, outcome.retry_after)
            if pause > PATIENCE:
                break
            self.clock.sleep(pause)
            outcome, began = self._attempt(began), None
            if outcome is None or outcome.state != "pending":
                break
        return outcome

    def settle(self, began: datetime | None) -> Outcome | None:
        """What became of an attempt that began then; None when the message has to be sent.

        It then certainly did not arrive, or nobody can know: it is sent again, at least once.
        """
        if began is None or not self.notifier.HISTORY:
            return None
        self.clock.sleep(max(0.0, min(SETTLE, began + SETTLE - self.clock.now()) / timedelta(seconds=1)))
        try:
            receipt = self._look(began)
        except UnreadableError as error:
            reason = f"{error} Perhaps sent; not sent again before the history can be read."
            return Outcome("unknown", reason, sending_at=began)
        if receipt and receipt.earlier:  # a restore has forgotten it: it is changed, and no second one sent
            said = Said("", receipt.channel_id, receipt.message_ts, receipt.message_ts)
            self._place(replace(self._alone(), replaces=said))
            return None
        return Outcome(self.notifier.DELIVERED, receipt=receipt) if receipt else None

    def _attempt(self, noted: datetime | None) -> Outcome | None:
        began = noted or self._begun()
        if began is None:
            return None
        try:
            receipt = self._send(began)
            return Outcome(self.notifier.DELIVERED, self.channel.note, receipt) if receipt else None
        except RefusedError as error:
            return self._refused(error)
        except NotSentError as error:
            return Outcome("pending", str(error), retry_after=error.retry_after)
        except UncertainError as error:
            again = "" if self.notifier.HISTORY else " Perhaps it arrived; it is sent again."
            return self.settle(began) or Outcome("pending", f"{error}{again}")
        except Exception as error:  # noqa: BLE001 - a channel that fails holds up no other, nor the day
            at = traceback.extract_tb(error.__traceback__)[-1]  # its words may hold an address or a token
            log.warning("%s: %s at %s:%s", self.channel.address, type(error).__name__, at.filename, at.lineno)
            return Outcome("failed", f"the notifier failed ({type(error).__name__}): see the log")

    def _send(self, began: datetime) -> Receipt | None:
        """Send once; None when another owner has taken over while a file was uploaded."""
        if self.notice.kind == "file" and not self._uploaded():
            return None
        return self.notifier.send(self.channel, self.notice, began)

    def _uploaded(self) -> bool:
        """Upload a file and note its id; False when another owner has taken over."""
        key, digest = self.notice.key, str(self.notice.payload["sha256"])
        content = files.read(self.channel.home, digest)
        if content is None:
            raise RefusedError("the file's bytes are no longer in HOME/outbox", permanent=True)
        upload = self.notifier.upload(self.channel, self.notice, content)
        self.notice = replace(self.notice, upload=upload)
        return self.warehouse.transact(lambda db: notices.uploaded(db, key, self.me, upload))

    def _refused(self, error: RefusedError) -> Outcome:
        """Refused; a message that belongs to one which is gone is then sent without it."""
        if error.gone and self.notice.kind == "replaced":
            return Outcome("superseded", str(error))  # nobody sees it any more
        if error.gone and self.notice.kind == "file":
            return Outcome("pending", str(error))  # it is uploaded anew
        if error.gone:
            before = self.notice
            self._place(self._alone())
            if self.notice != before:
                return Outcome("pending", str(error))
        return Outcome("refused" if error.permanent or error.gone else "failed", str(error))

    def _alone(self) -> Place:
        return self.warehouse.read(lambda db: alone(db, self.notice))

    def _place(self, place: Place) -> None:
        self.notice = replace(self.notice, payload=placed(self.notice, self.channel, place))

    def _begun(self) -> datetime | None:
        """Note that an attempt begins now; None when another owner has taken over."""
        began, key = self.clock.now(), self.notice.key
        is_ours = self.warehouse.transact(lambda db: notices.begin(db, key, self.me, began, began + LEASE))
        return began if is_ours else None

    def _look(self, began: datetime) -> Receipt | None:
        failure = UnreadableError("")
        for wait in LOOK_WAITS:
            pause = max(wait, failure.retry_after)
            if pause > PATIENCE:
                break
            self.clock.sleep(pause)
            try:
                return self.notifier.find(self.channel, self.notice, began, self.known_id)
            except UnreadableError as error:
                failure = error
            if failure.permanent:
                break
        raise failure
