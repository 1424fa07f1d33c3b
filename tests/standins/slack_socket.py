"""A stand-in of Slack with Socket Mode: it opens real WebSockets and tells what people do.

`with SocketStandIn(folder / "slack.db") as slack: ...`; `click`, `submit` and `command` send an envelope
and give its id; `acknowledged(id)` waits for the answer on the socket. What was said to one person and which
forms were opened is in `calls`.
"""

import contextlib
import json
import socket
import threading
import time
import uuid
from pathlib import Path
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from tests.standins.slack import CHANNELS, SlackStandIn, _Handler

APP_TOKEN = "xapp-stand-in-token"
CHANNEL = CHANNELS["portfolio-core"]


class SocketStandIn(SlackStandIn):
    """The running server and its sockets."""

    def __init__(self, file: Path, port: int = 0) -> None:
        super().__init__(file, port)
        self.sockets: list[ServerConnection] = []
        self.acks: dict[str, float] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.changed = threading.Condition()
        self.opened = 0
        self.server.RequestHandlerClass.sockets = self
        self.websocket = serve(self._serve, "127.0.0.1", 0)
        self.address = f"ws://127.0.0.1:{self.websocket.socket.getsockname()[1]}/"

    def handler(self) -> type[_Handler]:
        return InteractiveHandler

    def __enter__(self) -> Self:
        threading.Thread(target=self.websocket.serve_forever, daemon=True).start()
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        self.drop()
        self.websocket.shutdown()
        super().__exit__(*error)

    def _serve(self, connection: ServerConnection) -> None:
        connection.send(json.dumps({"type": "hello", "num_connections": 1}))
        with self.changed:
            self.sockets.append(connection)
            self.opened += 1
            self.changed.notify_all()
        try:
            for text in connection:
                with self.changed:
                    self.acks[json.loads(text)["envelope_id"]] = time.monotonic()
                    self.changed.notify_all()
        except ConnectionClosed:
            pass
        with self.changed:
            self.sockets.remove(connection)

    def wait(self, condition: Any, seconds: float = 30.0) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, seconds), "Slack waited in vain"

    def called(self, method: str, count: int = 1) -> list[dict[str, Any]]:
        """The arguments of the calls of a method, once there are so many."""
        self.wait(lambda: sum(name == method for name, _ in self.calls) >= count)
        return [body for name, body in self.calls if name == method]

    def tell(self, kind: str, payload: dict[str, Any], envelope: str | None = None) -> str:
        """Send an envelope through the newest socket; its id."""
        self.wait(lambda: bool(self.sockets))
        envelope = envelope or str(uuid.uuid4())
        message = {
            "type": kind,
            "envelope_id": envelope,
            "payload": payload,
            "accepts_response_payload": True,
        }
        self.sockets[-1].send(json.dumps(message))
        return envelope

    def acknowledged(self, envelope: str, seconds: float = 30.0) -> None:
        self.wait(lambda: envelope in self.acks, seconds)

    def disconnect(self) -> None:
        """Say that this connection is going to be closed, as Slack does every few hours."""
        self.sockets[-1].send(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))

    def drop(self) -> None:
        """Break every connection without a word."""
        for one in list(self.sockets):
            with contextlib.suppress(OSError):  # gone already
                one.socket.shutdown(socket.SHUT_RDWR)

    def click(self, message: dict[str, Any], action: str, user: str, at: str = "", **more: Any) -> str:
        """Somebody clicks a button of a message that was posted."""
        buttons = [
            one for block in message["blocks"] if block["type"] == "actions" for one in block["elements"]
        ]
        [button] = [one for one in buttons if one["action_id"] == action]
        name = message["channel"].removeprefix("#")
        channel = CHANNELS.get(name, name)
        payload = {
            "type": "block_actions",
            "user": {"id": user, "username": "whoever", "team_id": "T01"},
            "trigger_id": f"trigger-{uuid.uuid4()}",
            "container": {"type": "message", "message_ts": message["ts"], "channel_id": channel},
            "channel": {"id": channel, "name": name},
            "response_url": f"{self.url}respond",
            "actions": [
                {
                    "action_id": action, "block_id": "ballast_decide", "type": "button",
                    "value": button["value"], "action_ts": at or f"{time.time():.6f}",
                }
            ],
        }  # fmt: skip
        return self.tell("interactive", payload, **more)

    def submit(self, view: dict[str, Any], values: dict[str, Any], user: str, **more: Any) -> str:
        """Somebody sends a form that was opened; `values` by block, None for an empty field."""
        state = {
            block["block_id"]: {"value": _state(block["element"], values.get(block["block_id"]))}
            for block in view["blocks"]
            if block["type"] == "input"
        }
        told = {**view, "id": more.pop("view_id", f"V{uuid.uuid4().hex[:8]}"), "state": {"values": state}}
        payload = {"type": "view_submission", "user": {"id": user}, "view": told}
        return self.tell("interactive", payload, **more)

    def command(self, text: str, user: str) -> str:
        """Somebody types /ballast and `text`."""
        payload = {
            "command": "/ballast", "text": text, "user_id": user, "channel_id": CHANNEL,
            "response_url": f"{self.url}respond", "trigger_id": f"trigger-{uuid.uuid4()}",
        }  # fmt: skip
        return self.tell("slash_commands", payload)


def _state(element: dict[str, Any], value: Any) -> dict[str, Any]:
    name = "selected_date_time" if element["type"] == "datetimepicker" else "value"
    return {"type": element["type"], name: value}


class InteractiveHandler(_Handler):
    """The methods that answer people."""

    sockets: SocketStandIn

    def _refused(self, method: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
        if method == "respond":
            return None
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if method == "apps.connections.open":
            return None if given == APP_TOKEN else {"ok": False, "error": "invalid_auth"}
        return super()._refused(method, arguments)

    def _called(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        with self.sockets.changed:
            self.sockets.calls.append((method, arguments))
            self.sockets.changed.notify_all()
        return {"ok": True}

    def _apps_connections_open(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "url": self.sockets.address}

    def _chat_postEphemeral(self, arguments: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's own name
        return self._called("chat.postEphemeral", arguments)

    def _views_open(self, arguments: dict[str, Any]) -> dict[str, Any]:
        view = arguments["view"]
        return self._called("views.open", {"view": json.loads(view) if isinstance(view, str) else view})

    def _respond(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return self._called("respond", arguments)
