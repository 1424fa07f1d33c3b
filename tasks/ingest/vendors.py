"""A vendor's health, shared by every process of a HOME: its breaker and its request budget.

HOME/vendors/<source>.json holds both, is read and written under a lock of the operating system, and appears
whole or not at all. A file that cannot be read is no state: the vendor is asked as on the first day.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import BaseModel, FiniteFloat, ValidationError

from config.access import Access, Rate
from quant.errors import VendorError
from tasks.context.context import Context
from tasks.sources import ErrorKind
from tasks.sources._access import access
from tasks.sources._enquiry import Failure
from warehouse.database.files import write_atomically

LONGEST_WAIT = 60.0  # seconds that a request waits for the budget; a longer wait is a refusal
TRIAL = timedelta(minutes=2)  # what a trial may take; one that died is not waited for any longer
LONGEST_REST = timedelta(days=1)  # a vendor that asks for a longer pause is tried once a day


class Trip(BaseModel):
    """Why a breaker is open, and until when; `trial` is when another process may try, while one does."""

    kind: ErrorKind
    why: str
    until: datetime
    trial: datetime | None = None


class State(BaseModel):
    """`requests`: the instants of the last ones, or of those that are waited for, in order (UTC seconds)."""

    requests: list[FiniteFloat] = []
    trip: Trip | None = None


def slot(requests: Sequence[float], budget: Sequence[Rate], now: float) -> float:
    """The first instant from `now` on at which one more request keeps every rate of the budget.

    `requests` are instants in order, in seconds. Windows slide: at most `rate.requests` in any
    `rate.seconds`.
    """
    free = [requests[-rate.requests] + rate.seconds for rate in budget if len(requests) >= rate.requests]
    return max([now, *requests[-1:], *free])


@dataclass
class Vendor:
    """One vendor in one HOME. `refused` counts the requests that the budget did not allow."""

    name: str
    context: Context
    refused: int = 0

    @cached_property
    def access(self) -> Access:
        """How it is reached, and how often it may be asked. Raises InputError."""
        return access(self.context.settings, self.name)

    @property
    def file(self) -> Path:
        """Where the state lies; removing it resets breaker and budget."""
        return self.context.home / "vendors" / f"{self.name}.json"

    def leave(self) -> float:
        """Wait until the budget allows one more request; the seconds that this took.

        Raises:
            Failure: the budget is spent for longer than a request waits.
        """
        if not self.access.budget:
            return 0.0
        now = self.context.now().timestamp()
        with self._held() as state:
            at = slot(state.requests, self.access.budget, now)
            if at - now <= LONGEST_WAIT:
                most = max(rate.requests for rate in self.access.budget)
                state.requests = [*state.requests, at][-most:]
        if at - now > LONGEST_WAIT:
            self.refused += 1
            raise Failure("rate_limited", self._refusal(at), retry_after=at - now)
        if at > now:
            self.context.sleep(at - now)
        return at - now

    def admit(self) -> Literal["closed", "trial"]:
        """Whether the vendor may be asked: as ever, or for one symbol, to find out whether it is back.

        Raises:
            Failure: the breaker is open, or another process is trying.
        """
        now = self.context.now()
        with self._held() as state:
            if state.trip is None:
                return "closed"
            free = max(state.trip.until, state.trip.trial or state.trip.until)
            if now < free:
                raise Failure(state.trip.kind, f"not asked before {_clock(free)}: {state.trip.why}")
            state.trip.trial = now + TRIAL
        return "trial"

    def trip(self, failure: Failure) -> Failure:
        """Open the breaker; the failure with how long it stays open, at least as long as the vendor asked."""
        rest = max(self.access.cool_down, failure.retry_after or 0.0)
        until = self.context.now() + min(timedelta(seconds=rest), LONGEST_REST)
        with self._held() as state:
            state.trip = Trip(kind=failure.kind, why=failure.error, until=until)
        return Failure(failure.kind, f"{failure.error}; not asked again before {_clock(until)}")

    def recover(self) -> None:
        """Close the breaker."""
        if self.state().trip is not None:
            with self._held() as state:
                state.trip = None

    def state(self) -> State:
        """What the file says, without what lies in a future that nobody can have meant."""
        try:
            state = State.model_validate_json(self.file.read_bytes())
        except (OSError, ValidationError):
            return State()
        now = self.context.now()
        if state.trip and state.trip.until > now + LONGEST_REST:
            state.trip = None
        latest = now.timestamp() + LONGEST_WAIT
        state.requests = sorted(at for at in state.requests if at <= latest)
        return state

    def spent(self) -> str:
        """How much of the budget is spent now, such as "3 of 50/hour"; empty without a budget."""
        now, requests = self.context.now().timestamp(), self.state().requests
        return ", ".join(
            f"{sum(at > now - rate.seconds for at in requests)} of {rate.text}" for rate in self.access.budget
        )

    @contextmanager
    def _held(self) -> Iterator[State]:
        """The state, kept from other processes, and written where it has changed."""
        lock = FileLock(self.file.with_suffix(".lock"), timeout=self.context.settings.lock_timeout)
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with lock:
                state = self.state()
                before = state.model_dump_json()
                yield state
                after = state.model_dump_json()
                if after != before:
                    write_atomically(self.file, after)
        except Timeout:
            raise VendorError(f"{self.file} is in use for too long: look for a process that hangs.") from None
        except OSError as error:
            raise VendorError(
                f"{self.file} cannot be written ({error.strerror}), and {self.name} is not asked without a "
                "note there. Free some space, or let whoever runs Ballast write to it."
            ) from None

    def _refusal(self, at: float) -> str:
        rates = " and ".join(rate.text for rate in self.access.budget)
        when = _clock(datetime.fromtimestamp(at, UTC))
        return (
            f"the budget of {rates} requests to {self.name} is spent until {when} "
            f"({self.access.budget_variable})"
        )


def _clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
