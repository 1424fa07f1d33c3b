"""The receiver of signed webhooks on 127.0.0.1, which verifies by the specification, and fails as told.

It is written from the Standard Webhooks specification, not from the sender: the key is what follows `whsec_`,
the signed text is "id.timestamp.body", and what it has seen by its id it does not count again.
"""

import base64
import hashlib
import hmac
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.standins._serving import Serving

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
TOLERANCE = 300


class _Receiver(BaseHTTPRequestHandler):
    server: "WebhookStandIn"

    def do_POST(self):
        desk = self.server
        body = self.rfile.read(int(self.headers["content-length"]))
        desk.requests.append((dict(self.headers), body))
        if not verified(self.headers, body, desk.now()):
            return self._answer(401)
        fault = desk.faults.pop(0) if desk.faults else "ok"
        if fault in {"ok", "accept_drop", "accept_slow", "accept_500"}:
            desk.taken.setdefault(self.headers["webhook-id"], json.loads(body))
        if fault == "accept_slow":
            time.sleep(1.0)
        if fault == "endless":  # a header after the other, none of them large
            self.send_response(200)
            while True:
                self.send_header("x", "y")
                self.flush_headers()
                time.sleep(0.05)
        if fault.endswith("drop"):
            self.connection.close()
            return None
        status = {"ok": 204, "accept_slow": 204, "accept_500": 500}.get(fault) or int(fault.partition(":")[0])
        return self._answer(status, fault.partition(":")[2])

    def _answer(self, status, extra=""):
        self.send_response(status)
        if extra:
            name, _, value = extra.partition("=")
            self.send_header(name, value)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Silent."""


def verified(headers, body: bytes, now: float) -> bool:
    identity, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(now - int(timestamp)) > TOLERANCE:
        return False
    signed = b".".join([identity.encode(), timestamp.encode(), body])
    wanted = base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


class WebhookStandIn(Serving, ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, now=time.time):
        super().__init__(("127.0.0.1", 0), _Receiver)
        self.now = now
        self.faults: list[str] = []
        self.requests: list[tuple[dict, bytes]] = []
        self.taken: dict[str, dict] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/ballast?desk=1"
