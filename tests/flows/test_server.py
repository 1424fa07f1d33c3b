"""What Prefect's server answers when its database is busy; test_up.py speaks with the real one."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from flows.up import api
from flows.up.server import Server
from quant.errors import BallastError


@contextmanager
def answering(*statuses):
    """A server that gives these answers one after the other, the last for ever; the paths it was asked."""
    asked = []

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(statuses[min(len(asked), len(statuses) - 1)])
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"[]")
            asked.append(self.path)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as listener:
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        try:
            yield Server(f"http://127.0.0.1:{listener.server_port}/api"), asked
        finally:
            listener.shutdown()


def test_a_busy_server_is_asked_again():
    with answering(503, 503, 200) as (busy, asked):
        assert not busy.is_scheduled()
    assert asked == ["/api/deployments/filter"] * 3


def test_a_server_that_stays_busy_is_told(monkeypatch):
    monkeypatch.setattr(api, "PATIENCE", 1.5)
    with answering(503) as (busy, asked), pytest.raises(BallastError, match=r"did not do .* '503 .*[^\n]$"):
        busy.is_scheduled()
    assert len(asked) > 1


def test_a_refusal_is_told_at_once(tmp_path):
    with answering(409) as (server_of_another_mind, asked), pytest.raises(BallastError, match="409"):
        server_of_another_mind.ensure_pool(tmp_path)
    assert len(asked) == 1
