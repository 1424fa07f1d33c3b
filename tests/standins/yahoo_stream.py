"""A local WebSocket server in the place of Yahoo's stream: it tells trades, and fails as it is told.

with YahooStreamStandIn() as stream:
    client = ...(stream.address)
    stream.tell("SPY", at, 450.1, 1000)   # a trade, to whoever has subscribed
    stream.say("no JSON")                 # any text
    stream.drop()                         # hang up on everybody
"""

import base64
import json
import socket
import threading
import time
from contextlib import suppress

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve
from yfinance.pricing_pb2 import PricingData


def message(symbol, at, price, volume, **fields):
    """A trade as Yahoo tells it: protobuf in base64 in JSON. `at` is an instant or milliseconds."""
    moment = at if isinstance(at, int) else int(at.timestamp() * 1000)
    told = {"currency": "USD", "exchange": "NMS", "quote_type": 8, "market_hours": 1, "price_hint": 2}
    data = PricingData(id=symbol, price=price, time=moment, day_volume=volume, **(told | fields))
    return json.dumps({"type": "pricing", "message": base64.b64encode(data.SerializeToString()).decode()})


class YahooStreamStandIn:
    """The server, on 127.0.0.1. `subscribed` lists what each connection has asked for, in order."""

    def __init__(self):
        self.subscribed, self.asked = [], 0
        self._open, self._lock = set(), threading.Lock()
        self.server = serve(self._serve, "127.0.0.1", 0)
        self.address = f"ws://127.0.0.1:{self.server.socket.getsockname()[1]}/?version=2"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.drop()
        self.server.shutdown()

    def _serve(self, connection):
        own = set()
        try:
            for text in connection:
                own |= {*json.loads(text)["subscribe"]}
                with self._lock:
                    self.asked += 1
                    if connection not in self._open:
                        self._open.add(connection)
                        self.subscribed.append(own)
        except ConnectionClosed:
            pass
        finally:
            with self._lock:
                self._open.discard(connection)

    def tell(self, symbol, at, price, volume, **fields):
        self.say(message(symbol, at, price, volume, **fields))

    def say(self, text):
        with self._lock:
            for connection in self._open:
                connection.send(text)

    def drop(self):
        """Hang up without a word. Shut down, since a socket that is read does not end by being closed."""
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.socket.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def wait(self, connections, seconds=20.0):
        """Until so many connections have been made."""
        until(lambda: len(self.subscribed) >= connections and self._open, seconds)


def until(is_so, seconds=20.0):
    """Wait for what another thread does."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.01)
