"""Asking a vendor for one symbol after the other: what can go wrong, and how often it is tried again."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
import tenacity
from pydantic import ValidationError

from tasks.context.patience import Patience
from tasks.sources import (
    ACTIONS,
    ADJUSTED,
    AHEAD,
    TRANSIENT,
    Delivery,
    ErrorKind,
    Request,
    SymbolError,
)
from tasks.sources._digest import digest

EXCERPT = 120


class Failure(Exception):  # noqa: N818 -- the vendor's failure, one per symbol, not an error of ours
    """Why one symbol has no history. `retry_after` is what the vendor asked for, in seconds."""

    def __init__(
        self, kind: ErrorKind, error: str, answer: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(error)
        self.kind = kind
        self.error = error
        self.answer = answer
        self.retry_after = retry_after


@dataclass(frozen=True)
class Parsed:
    """One symbol's history, as traded: tables of the schemas BARS or MINUTES, ACTIONS, ADJUSTED, AHEAD."""

    bars: pa.Table
    actions: pa.Table = field(default_factory=ACTIONS.empty_table)
    adjusted: pa.Table = field(default_factory=ADJUSTED.empty_table)
    ahead: pa.Table = field(default_factory=AHEAD.empty_table)


class Watch:
    """A clock that stands still while leave to ask is waited for: that is not the vendor's fault."""

    def __init__(self, leave: Callable[[], float]) -> None:
        self.leave = leave
        self.waited = 0.0

    def now(self) -> float:
        """Seconds."""
        return time.monotonic() - self.waited

    def ask_leave(self) -> None:
        """Wait until one request may be sent; Failure when that is too long."""
        self.waited += self.leave()


def gather(request: Request, watch: Watch, ask: Callable[[str, float], Parsed]) -> Delivery:
    """Ask for one symbol after the other; what fails is reported per symbol and never raised.

    `ask(symbol, deadline)` returns one symbol's history before `watch` shows `deadline`, or raises Failure.
    """
    enquiry = _Enquiry(watch, ask, request.patience)
    parsed: list[Parsed] = []
    errors: list[SymbolError] = []
    for number, symbol in enumerate(request.symbols, start=1):
        try:
            parsed.append(enquiry.history(symbol))
        except Failure as failure:
            errors.append(
                SymbolError(symbol, failure.kind, failure.error, failure.retry_after, failure.answer)
            )
        request.progress(number, len(request.symbols), symbol)
    bars = pa.concat_tables([request.bars.empty_table(), *(one.bars for one in parsed)])
    actions = pa.concat_tables([ACTIONS.empty_table(), *(one.actions for one in parsed)])
    adjusted = pa.concat_tables([ADJUSTED.empty_table(), *(one.adjusted for one in parsed)])
    ahead = pa.concat_tables([AHEAD.empty_table(), *(one.ahead for one in parsed)])
    received = digest(bars, actions, adjusted)
    return Delivery(bars, actions, adjusted, tuple(errors), received, ahead=ahead)


class _Enquiry:
    """One fetch, which loses its patience when the vendor as a whole is failing."""

    def __init__(self, watch: Watch, ask: Callable[[str, float], Parsed], patience: Patience) -> None:
        self.watch = watch
        self.ask = ask
        self.patience = patience
        self.failed: list[Failure] = []  # in a row, for reasons that can pass
        self.lost = 0.0  # seconds, on them

    def history(self, symbol: str) -> Parsed:
        """One symbol's history, or Failure."""
        left = self.patience.total - self.lost
        if left <= 0:
            last = self.failed[-1]
            why = f"not asked: {len(self.failed)} symbols before it failed, the last one with: {last.error}"
            raise Failure(last.kind, why)
        began = self.watch.now()
        deadline = began + min(self.patience.symbol, left)
        try:
            found = self._tries(deadline)(self.ask, symbol, deadline)
        except Failure as failure:
            self._note(failure, self.watch.now() - began)
            raise
        self.failed, self.lost = [], 0.0
        return found

    def _note(self, failure: Failure, seconds: float) -> None:
        if failure.kind in TRANSIENT:
            self.failed.append(failure)
            self.lost += seconds
        else:  # the vendor works: it had an answer about this symbol
            self.failed, self.lost = [], 0.0

    def _tries(self, deadline: float) -> tenacity.Retrying:
        tries = self.patience.tries if len(self.failed) < self.patience.in_a_row else 1

        def enough(state: tenacity.RetryCallState) -> bool:
            return state.attempt_number >= tries or self.watch.now() + state.upcoming_sleep >= deadline

        return tenacity.Retrying(
            retry=tenacity.retry_if_exception(self._can_pass),
            stop=enough,
            wait=self._wait,
            reraise=True,
        )

    def _can_pass(self, error: BaseException) -> bool:
        if not isinstance(error, Failure) or error.kind not in TRANSIENT:
            return False
        return (error.retry_after or 0.0) <= self.patience.longest_wait

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, Failure) and error.retry_after is not None:
            return error.retry_after
        return min(self.patience.first_wait * 2.0 ** (state.attempt_number - 1), self.patience.longest_wait)


def throttled(status: int, pause: float | None, said: str = "") -> Failure:
    """The vendor has had too many requests; `pause` is what it asked for, in seconds, `said` its words."""
    asked = "" if pause is None else f", asks to wait {pause:g} s"
    error = f"too many requests (HTTP {status}{asked}{said and f': {said}'})"
    return Failure("rate_limited", error, retry_after=pause)


def misunderstood(status: int, body: str, why: str) -> Failure:
    """An answer that is kept whole and never guessed at."""
    error = f"answer not understood (HTTP {status}, {why}): {excerpt(body)}"
    return Failure("not_understood", error, answer=body)


def first_of(error: ValidationError) -> str:
    """The first thing that a validation found, with its place."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]


def excerpt(body: str) -> str:
    """The beginning of an answer, on one line."""
    text = " ".join(body.split())
    return repr(text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…")
