"""Slack's client keeps its token to the configured address, and reads no answer without end."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from pydantic import SecretStr

from tasks.context.bounds import LARGEST
from tasks.notifiers import Channel, NotSentError, RefusedError, UncertainError, slack


@pytest.fixture
def answering(tmp_path):
    """Serve one fixed answer; the channel that leads there, and the headers of what was asked."""
    servers = []

    def serve(status, headers, body):
        asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                asked.append(dict(self.headers))
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True

            do_GET = do_POST  # noqa: N815 - what http.server calls

            def log_message(self, *_):
                """Quiet."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        url = f"http://127.0.0.1:{server.server_port}/api/"
        return Channel("slack", "#c", tmp_path, url, SecretStr("xoxb-secret"), timeout=2.0), asked

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_token_does_not_follow_a_redirect(answering, status):
    elsewhere, asked = answering(200, {}, b'{"ok": true}')
    channel, _ = answering(status, {"Location": elsewhere.url + "auth.test"}, b"")
    with pytest.raises(RefusedError, match="leads elsewhere"):
        slack.identity(channel)
    assert asked == []


def test_an_answer_without_end_leaves_it_uncertain(answering):
    channel, _ = answering(200, {}, b" " * (LARGEST + 1))
    with pytest.raises(UncertainError, match="EndlessAnswerError"):
        slack.identity(channel)


def test_an_error_without_end_leaves_it_uncertain(answering):
    channel, _ = answering(500, {}, b" " * (LARGEST + 1))
    with pytest.raises(UncertainError):
        slack.identity(channel)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"[" * 200_000),
        ({"Content-Type": "text/plain; charset=no-such"}, b'{"ok": true}'),
        ({}, b"\xff\xfe"),
        ({}, b"[]"),
    ],
    ids=["deep", "unknown charset", "not UTF-8", "a list"],
)
def test_an_answer_that_is_not_understood_leaves_it_uncertain(answering, headers, body):
    channel, _ = answering(200, headers, body)
    with pytest.raises(UncertainError):
        slack.identity(channel)


def test_a_pause_without_end_is_a_day(answering):
    channel, _ = answering(429, {"Retry-After": "9" * 300}, b'{"ok": false, "error": "ratelimited"}')
    with pytest.raises(NotSentError) as caught:
        slack.identity(channel)
    assert caught.value.retry_after == 86_400
