"""Yahoo's stream of trades, through the yfinance client: kept connected, and read as minute bars.

The client's `listen` ends at the first message that it does not understand, and when the connection is lost;
nothing connects it again. So this does: a message that is none costs nothing but itself, a connection that is
lost or says nothing for a minute is made anew. Numbers of 64 bits come as text, prices as floats of 32 bits.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
import yfinance as yf
from websockets.exceptions import ConnectionClosed

from tasks.sources._ticks import Tick, Ticks, end_of

log = logging.getLogger(__name__)

REGULAR = 1
"""A trade of the exchange's own hours."""
BEAT = 15.0
"""Seconds after which the subscription is said again, as the vendor's own pages do."""
SILENCE = 60.0
"""Seconds without a message after which a connection counts as lost."""
WAITS = (1.0, 30.0)
"""Seconds before a connection is made anew: at first, doubled each time, and at most."""
STRANGE = 20
"""So many messages in a row that are none end a connection."""


class YahooStream:
    """Connected by a thread of its own until it is closed."""

    def __init__(
        self, address: str, symbols: Sequence[str], now: Callable[[], datetime], beat: float = BEAT,
        silence: float = SILENCE, waits: tuple[float, float] = WAITS,
    ) -> None:  # fmt: skip
        """Connect as soon as it can be; never raises for what the vendor does."""
        self.address, self.symbols, self.now = address, frozenset(symbols), now
        self.beat, self.silence, self.waits = beat, silence, waits
        self._ticks = Ticks()
        self._closing = threading.Event()
        self._client: yf.WebSocket | None = None
        self._lock, self._told = threading.Lock(), now()
        self._spans: list[tuple[datetime, datetime | None]] = []
        self._heard, self._understood = 0.0, 0
        self._threads = [threading.Thread(target=one, daemon=True) for one in (self._run, self._watch)]
        for thread in self._threads:
            thread.start()

    def bars(self, since: datetime, until: datetime) -> pa.Table:
        """The minutes from `since` on that are over by `until`; earlier ones are forgotten."""
        return self._ticks.bars(since, until)

    def whole(self, since: datetime, until: datetime) -> bool:
        """Whether every trade between them was told: it was connected all the time."""
        until = end_of(until)
        with self._lock:
            self._spans = [one for one in self._spans if one[1] is None or one[1] >= since]
            return any(begin <= since and (end is None or end >= until) for begin, end in self._spans)

    def last(self) -> Mapping[str, datetime]:
        """When each symbol was last traded; one that was not since the connection began is not there."""
        return self._ticks.last()

    def close(self) -> None:
        """End the connection."""
        self._closing.set()
        self._disconnect()
        for thread in self._threads:
            thread.join(5)

    def _run(self) -> None:
        yf.config.debug.hide_exceptions = False  # else what ends `listen` is only logged
        wait = self.waits[0]
        while not self._closing.is_set():
            before = self._understood
            try:
                self._connected()
                why = f"{STRANGE} messages in a row were not understood"
            except Exception as error:  # noqa: BLE001 - the client raises anything; it is connected anew
                why = str(error) or type(error).__name__
            if self._closing.is_set():
                return
            wait = self.waits[0] if self._understood > before else min(2 * wait, self.waits[1])
            log.warning("the stream of prices was lost (%s): connecting again in %g s", why, wait)
            self._closing.wait(wait)

    def _connected(self) -> None:
        """One connection, until it is lost."""
        client = yf.WebSocket(url=self.address, verbose=False)
        try:
            client.subscribe(sorted(self.symbols))
            self._heard, self._client = time.monotonic(), client
            with self._lock:
                self._told = self.now()
                self._spans.append((self._told, None))
            strange = 0
            while strange < STRANGE and not self._closing.is_set():
                before = self._understood
                try:
                    client.listen(self._take)
                except (ConnectionClosed, OSError, EOFError):
                    raise
                except Exception as error:  # noqa: BLE001 - a message that is none; the next one may be right
                    log.debug("a message of the stream was not understood: %r", error)
                strange = 1 if self._understood > before else strange + 1
        finally:
            self._client = None
            with self._lock:
                # It may have been dead for some time before anybody knew.
                told = self._told
                self._spans = [(begin, end or max(begin, told)) for begin, end in self._spans]
            client.close()

    def _take(self, message: Mapping[str, object]) -> None:
        self._heard, self._told = time.monotonic(), self.now()
        tick = parse(message)
        if tick is not None and tick.symbol in self.symbols:
            self._understood += 1
            self._ticks.take(tick)

    def _watch(self) -> None:
        """Say the subscription again, and end a connection that says nothing."""
        while not self._closing.wait(self.beat):
            client = self._client
            if client is None:
                continue
            if time.monotonic() - self._heard > self.silence:
                log.warning("the stream of prices says nothing: connecting again")
                self._disconnect()
                continue
            try:
                client.subscribe([])
            except Exception as error:  # noqa: BLE001 - the connection was lost: it is made anew
                log.debug("the stream was not asked again: %r", error)

    def _disconnect(self) -> None:
        client = self._client
        if client is not None:
            try:
                client.close()
            except Exception as error:  # noqa: BLE001 - it was lost already
                log.debug("the stream was not closed: %r", error)


def parse(message: Mapping[str, object]) -> Tick | None:
    """The trade that a message tells; None where it tells none, or one outside the exchange's own hours.

    Raises:
        ValueError, TypeError, KeyError: it is not understood.
    """
    if message.get("market_hours") != REGULAR or "price" not in message:
        return None
    # The shortest number that is this one in 32 bits: 246.9, not 246.89999389648438.
    price = float(str(np.float32(str(message["price"]))))
    volume = float(str(message.get("day_volume", 0)))
    if not 0 < price < float("inf"):
        return None
    return Tick(str(message["id"]), int(str(message["time"])), price, volume)
