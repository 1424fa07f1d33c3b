"""A mail server on 127.0.0.1: as much of RFC 5321 as a sender needs; keeps what it takes, fails as told.

Faults: `refuse[verb] = "550 no such user"` answers a command so; `drop = "DATA"` hangs up after that command,
`drop = "BODY"` after the whole message came (which is kept when `keeps` is set), before any answer;
`endless = "EHLO"` begins a new line of its answer to that command again and again.
"""

import base64
import socketserver
import ssl
import time
from email import message_from_bytes, policy
from email.message import EmailMessage

from tests.standins._serving import Serving


class _Session(socketserver.StreamRequestHandler):
    server: "SmtpStandIn"

    def handle(self):
        desk = self.server
        if desk.tls_from_start:
            self._encrypt()
        self.sender, self.to, greeted = "", [], False
        self._say(desk.refuse.get("CONNECT", "220 stand-in"))
        while line := self.rfile.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            verb = verb.upper()
            desk.commands.append(verb)
            if desk.drop == verb:
                return
            while desk.endless == verb:
                self._say("250-more")
                time.sleep(0.05)
            greeted = verb == "EHLO" or (greeted and verb != "STARTTLS")
            if not greeted and verb != "STARTTLS":  # as strict servers do, also after STARTTLS
                self._say("503 5.5.1 send EHLO first")
            elif verb in desk.refuse:
                self._say(desk.refuse[verb])
            elif getattr(self, f"_{verb.lower()}")(rest) == "over":
                return

    def _ehlo(self, rest):
        offers = ["SIZE 1000000"]
        encrypted = isinstance(self.connection, ssl.SSLSocket)
        offers += ["STARTTLS"] if self.server.tls and not encrypted else []
        offers += ["AUTH PLAIN"] if self.server.login else []
        for offer in ["stand-in", *offers[:-1]]:
            self._say(f"250-{offer}")
        self._say(f"250 {offers[-1]}")

    def _starttls(self, rest):
        self._say("220 go on")
        self._encrypt()

    def _auth(self, rest):
        given = base64.b64decode(rest.split()[1]).decode().split("\0")[1:]
        self._say("235 welcome" if tuple(given) == self.server.login else "535 no such login: secret-of-ours")

    def _mail(self, rest):
        self.sender = rest
        self._say("250 ok")

    def _rcpt(self, rest):
        address = rest.partition("<")[2].partition(">")[0]
        self.to.append(address)
        self._say(self.server.refuse_to.get(address, "250 ok"))

    def _data(self, rest):
        desk = self.server
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        content = b"".join(lines)
        if desk.drop == "BODY":
            if desk.keeps:
                desk.taken.append((self.to, content, isinstance(self.connection, ssl.SSLSocket)))
            return "over"
        if answer := desk.refuse.get("BODY"):
            self._say(answer)
            return None
        desk.taken.append((self.to, content, isinstance(self.connection, ssl.SSLSocket)))
        self._say("250 taken")
        return None

    def _quit(self, rest):
        self._say("221 bye")
        return "over"

    def _say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def _encrypt(self):
        self.connection = self.request = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)


class SmtpStandIn(Serving, socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None = None, *, tls_from_start: bool = False, login=None):
        super().__init__(("127.0.0.1", 0), _Session)
        self.tls, self.tls_from_start, self.login = tls, tls_from_start, login
        self.refuse: dict[str, str] = {}
        self.refuse_to: dict[str, str] = {}
        self.drop, self.keeps, self.endless = "", False, ""
        self.commands: list[str] = []
        self.taken: list[tuple[list[str], bytes, bool]] = []

    @property
    def url(self) -> str:
        return f"{'smtps' if self.tls_from_start else 'smtp'}://127.0.0.1:{self.server_address[1]}"

    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(content, policy=policy.default) for _, content, _ in self.taken]
