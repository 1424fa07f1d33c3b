"""A local stand-in of Slack's Web API: it rejects what Slack rejects, keeps history, and fails as it is told.

In a test: `with SlackStandIn(folder / "slack.db") as slack: ...`. As a process of its own, which prints its
address: `python -m tests.standins.slack --port 0 --state FILE`. Messages, requests and faults live in the
SQLite file, so any process can count the first and script the last.
"""

import argparse
import json
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs

from tests.standins.slack_files import FileMethods
from tests.standins.slack_rules import refusal

TOKEN = "xoxb-stand-in-token"
CHANNELS = {"portfolio-core": "C0000CORE01", "portfolio-demo": "C0000DEMO01"}
SCHEMA = """
create table if not exists messages (channel text, ts text, body text, metadata text);
create table if not exists requests (method text, at real);
create table if not exists faults (method text, kind text, seconds real);
create table if not exists edits (channel text, ts text, body text);
create table if not exists skipped (seconds real);
create table if not exists files (id text, name text, length integer, content blob, shared text);
"""


@dataclass
class SlackState:
    """What the stand-in remembers, readable and scriptable from any process."""

    file: Path

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self.file, timeout=10, isolation_level=None)
        try:
            db.executescript(SCHEMA)
            db.execute("begin immediate")
            yield db
            db.execute("commit")
        finally:
            db.close()

    def fault(
        self, kind: str, *, method: str = "chat.postMessage", seconds: float = 0.0, times: int = 1
    ) -> None:
        """Fail the next `times` calls of a method: rate_limited (Retry-After is `seconds`, none below 0),
        error_500, drop, accept_500, accept_drop, accept_delay, slow, or error:CODE."""
        with self.open() as db:
            db.executemany("insert into faults values (?, ?, ?)", [(method, kind, seconds)] * times)

    def mend(self) -> None:
        """Forget every fault that has not struck yet."""
        with self.open() as db:
            db.execute("delete from faults")

    def now(self) -> float:
        """The clock of messages and of whoever shares it: the machine's, moved on by what was skipped."""
        with self.open() as db:
            (skipped,) = db.execute("select coalesce(sum(seconds), 0) from skipped").fetchone()
        return time.time() + float(skipped)

    def skip(self, seconds: float) -> None:
        """Let time pass without waiting."""
        with self.open() as db:
            db.execute("insert into skipped values (?)", (seconds,))

    def next_fault(self, method: str) -> tuple[str, float]:
        with self.open() as db:
            db.execute("insert into requests values (?, ?)", (method, time.time()))
            row = db.execute(
                "select rowid, kind, seconds from faults where method = ? order by rowid limit 1", (method,)
            ).fetchone()
            if row is None:
                return "", 0.0
            db.execute("delete from faults where rowid = ?", (row[0],))
            return row[1], row[2]

    def requests(self, method: str = "chat.postMessage") -> int:
        with self.open() as db:
            return int(db.execute("select count(*) from requests where method = ?", (method,)).fetchone()[0])

    def messages(self) -> list[dict[str, Any]]:
        """Every message that was accepted, in order; not what shows a file, nor the details of a message."""
        return [one for one in self.everything() if "files" not in one and not _is_details(one)]

    def details(self) -> list[dict[str, Any]]:
        """The details of messages, as they stand in their threads."""
        return [one for one in self.everything() if _is_details(one)]

    def shares(self) -> list[dict[str, Any]]:
        """What shows each file that was shared, in order."""
        return [one for one in self.everything() if "files" in one]

    def everything(self) -> list[dict[str, Any]]:
        """All that a channel shows, in order."""
        with self.open() as db:
            rows = db.execute("select body, metadata, ts from messages order by ts, rowid").fetchall()
        return [
            {**json.loads(body), "metadata": json.loads(metadata), "ts": ts} for body, metadata, ts in rows
        ]

    def add(self, channel: str, body: dict[str, Any], at: float | None = None) -> str:
        """Put a message into a channel's history; its ts is unique there."""
        ts = round((at or self.now()) * 1_000_000)
        with self.open() as db:
            while db.execute(
                "select 1 from messages where channel = ? and ts = ?", (channel, _ts(ts))
            ).fetchone():
                ts += 1
            metadata = json.dumps(body.get("metadata"))
            db.execute(
                "insert into messages values (?, ?, ?, ?)", (channel, _ts(ts), json.dumps(body), metadata)
            )
        return _ts(ts)

    def change(self, channel: str, ts: str, body: dict[str, Any]) -> bool:
        """Put another body in a message's place, as chat.update does; False: there is no such one."""
        with self.open() as db:
            found = db.execute(
                "select body from messages where channel = ? and ts = ?", (channel, ts)
            ).fetchone()
            if found is None:
                return False
            old = json.loads(found[0])
            kept = {name: old[name] for name in ("channel", "thread_ts", "reply_broadcast") if name in old}
            new = kept | {name: body[name] for name in ("text", "blocks", "metadata") if name in body}
            db.execute(
                "update messages set body = ?, metadata = ? where channel = ? and ts = ?",
                (json.dumps(new), json.dumps(body.get("metadata")), channel, ts),
            )
            db.execute("insert into edits values (?, ?, ?)", (channel, ts, json.dumps(new)))
        return True

    def edits(self) -> list[dict[str, Any]]:
        """Every change of a message that was accepted, in order; not of the details of one."""
        with self.open() as db:
            rows = db.execute("select body, ts from edits order by rowid").fetchall()
        found = [{**json.loads(body), "ts": ts} for body, ts in rows]
        return [one for one in found if not _is_details(one)]

    def uploads(self) -> list[tuple[str, bytes]]:
        """Every file that stands in a channel, by name, in the order in which it was shown."""
        with self.open() as db:
            return db.execute(
                "select name, content from files where shared is not null order by rowid"
            ).fetchall()

    def forget(self, ts: str) -> None:
        """Somebody deletes a message in Slack."""
        with self.open() as db:
            db.execute("delete from messages where ts = ?", (ts,))

    def history(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """One page, newest first, as conversations.history gives it: of answers only the broadcast ones."""
        shown = "(body ->> 'thread_ts' is null or body ->> 'reply_broadcast')"
        return self._page(arguments, shown, "desc", ())

    def replies(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """One page of a thread, oldest first, as conversations.replies gives it: with its first message."""
        ts = str(arguments["ts"])
        return self._page(arguments, "(ts = ? or body ->> 'thread_ts' = ?)", "asc", (ts, ts))

    def _page(
        self, arguments: dict[str, Any], shown: str, order: str, values: tuple[str, ...]
    ) -> dict[str, Any]:
        limit = min(int(arguments.get("limit") or 100), 999)
        low, high = str(arguments.get("oldest") or "0"), str(arguments.get("latest") or "9999999999")
        cursor = arguments.get("cursor")
        low, high = (low, cursor or high) if order == "desc" else (cursor or low, high)
        with_ends = str(arguments.get("inclusive", "")).lower() in {"1", "true"} and not cursor
        least, most = (">=", "<=") if with_ends else (">", "<")
        with self.open() as db:
            rows = db.execute(
                f"select ts, body, metadata from messages where channel = ? and ts {least} ? and ts {most} ? "
                f"and {shown} order by ts {order} limit ?",
                (arguments["channel"], low, high, *values, limit + 1),
            ).fetchall()
        noted = str(arguments.get("include_all_metadata", "")).lower() in {"1", "true"}
        messages = [
            {"type": "message", "ts": ts, "text": json.loads(body).get("text", "")}
            | ({"metadata": json.loads(metadata)} if noted and metadata != "null" else {})
            for ts, body, metadata in rows[:limit]
        ]
        more = len(rows) > limit
        page: dict[str, Any] = {"ok": True, "messages": messages, "has_more": more}
        return page | ({"response_metadata": {"next_cursor": messages[-1]["ts"]}} if more else {})


class SlackStandIn(SlackState):
    """The running server; `url` is what BALLAST_SLACK_URL is set to."""

    def __init__(self, file: Path, port: int = 0) -> None:
        super().__init__(file)
        handler = type("Handler", (self.handler(),), {"state": SlackState(file)})
        self.server = ThreadingHTTPServer(("127.0.0.1", port), handler)

    def handler(self) -> "type[_Handler]":
        """What serves the API."""
        return _Handler

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/api/"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Handler(FileMethods, BaseHTTPRequestHandler):
    state: SlackState

    def do_POST(self) -> None:
        method = self.path.removeprefix("/api/")
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/upload/"):
            self._answer({}, self._taken(self.path.removeprefix("/upload/"), content))
            return
        body = content.decode()
        kind, seconds = self.state.next_fault(method)
        if kind == "drop":
            self._drop()
        elif kind == "error_500":
            self._answer({"ok": False, "error": "internal_error"}, 500)
        elif kind == "rate_limited":
            headers = {"Retry-After": f"{seconds:g}"} if seconds >= 0 else {}
            self._answer({"ok": False, "error": "ratelimited"}, 429, headers)
        elif kind.startswith("error:"):
            self._answer({"ok": False, "error": kind.removeprefix("error:")})
        else:
            self._serve(method, self._arguments(body), kind, seconds)

    def _serve(self, method: str, arguments: dict[str, Any], kind: str, seconds: float) -> None:
        if kind == "slow":
            time.sleep(seconds)
        answer = self._refused(method, arguments) or getattr(self, "_" + method.replace(".", "_"))(arguments)
        if kind == "accept_drop":
            self._drop()
        elif kind == "accept_500":
            self._answer({"ok": False, "error": "internal_error"}, 500)
        else:
            time.sleep(seconds if kind == "accept_delay" else 0)
            self._answer(answer)

    def _refused(self, method: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
        given = self.headers.get("Authorization", "").removeprefix("Bearer ") or arguments.get("token")
        if not given:
            return {"ok": False, "error": "not_authed"}
        if given != TOKEN:
            return {"ok": False, "error": "invalid_auth"}
        known = hasattr(self, "_" + method.replace(".", "_"))
        return None if known else {"ok": False, "error": "unknown_method"}

    def _auth_test(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True, "url": "https://example.slack.com/", "team": "Example", "user": "ballast"}

    def _chat_postMessage(self, arguments: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's own name
        name = str(arguments.get("channel", "")).removeprefix("#")
        channel = CHANNELS.get(name, name)
        if channel not in CHANNELS.values():
            return {"ok": False, "error": "channel_not_found"}
        error = refusal(arguments)
        if error:
            return {"ok": False, "error": error}
        return {"ok": True, "channel": channel, "ts": self.state.add(channel, arguments)}

    def _chat_update(self, arguments: dict[str, Any]) -> dict[str, Any]:
        channel, ts = arguments.get("channel"), str(arguments.get("ts"))
        if channel not in CHANNELS.values():  # a name is no id
            return {"ok": False, "error": "channel_not_found"}
        if error := refusal(arguments):
            return {"ok": False, "error": error}
        if not self.state.change(str(channel), ts, arguments):
            return {"ok": False, "error": "message_not_found"}
        return {"ok": True, "channel": channel, "ts": ts, "text": arguments.get("text", "")}

    def _conversations_replies(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if arguments.get("channel") not in CHANNELS.values():
            return {"ok": False, "error": "channel_not_found"}
        found = self.state.replies(arguments)
        return found if found["messages"] else {"ok": False, "error": "thread_not_found"}

    def _conversations_list(self, arguments: dict[str, Any]) -> dict[str, Any]:
        start = int(arguments.get("cursor") or 0)
        channels = [{"id": number, "name": name} for name, number in sorted(CHANNELS.items())][
            start : start + 1
        ]
        more = start + 1 < len(CHANNELS)  # one a page: Slack, too, may give fewer than the limit asks for
        cursor = str(start + 1) if more else ""
        return {"ok": True, "channels": channels, "response_metadata": {"next_cursor": cursor}}

    def _conversations_history(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if arguments.get("channel") not in CHANNELS.values():
            return {"ok": False, "error": "channel_not_found"}
        return self.state.history(arguments)

    def _arguments(self, body: str) -> dict[str, Any]:
        if self.headers.get_content_type() == "application/json":
            return dict(json.loads(body or "{}"))  # a call without arguments has no body
        form = {name: values[-1] for name, values in parse_qs(body).items()}
        return {
            name: json.loads(text) if name in {"blocks", "metadata", "files"} else text
            for name, text in form.items()
        }

    def _drop(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _answer(
        self, answer: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        body = json.dumps(answer).encode()
        try:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # whoever asked is gone: killed, or out of patience

    def log_message(self, *_: object) -> None:
        """Nothing: what was asked is counted in the state file."""


def _is_details(message: dict[str, Any]) -> bool:
    return str(message.get("text")).startswith("Details · ")


def _ts(microseconds: int) -> str:
    return f"{microseconds // 1_000_000}.{microseconds % 1_000_000:06d}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--state", type=Path, required=True)
    options = parser.parse_args()
    with SlackStandIn(options.state, options.port) as slack:
        print(slack.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
