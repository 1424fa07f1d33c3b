"""Which requests Prefect's server gets to see; tests/e2e/test_up.py asks the real one."""

import asyncio
from base64 import b64encode

import pytest
from fastapi.responses import PlainTextResponse
from fastapi.testclient import TestClient

from flows.up.served.guard import Guard, refusal
from flows.up.served.pages import Pages
from tasks.report.files.pictures import drift_picture
from tasks.report.formats.html import PLACE
from tasks.site.draw import CHARTS
from tasks.site.place import page_of, undrawn_of
from tests.tasks.notifiers.reports import drift

OURS = "127.0.0.1:4200"


@pytest.mark.parametrize("host", [OURS, "127.0.0.1", "localhost:4200", "localhost:9000"])
def test_this_machine_is_asked_by_its_name_also_through_a_tunnel(host):
    assert refusal(host, None) is None
    assert refusal(host, f"http://{host}") is None


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example:4200",
        "127.0.0.1.evil.example:4200",
        "evil.example",
        "0.0.0.0:4200",
        "localhost@evil",
    ],
)
def test_another_name_is_an_attacker_s(host):
    assert "not by another name" in refusal(host, f"http://{host}")


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:8888",
        "http://127.0.0.1:8888",
        "http://evil.example",
        f"https://{OURS}",
        "null",
    ],
)
def test_a_page_of_another_origin_is_refused(origin):
    assert "its own pages only" in refusal(OURS, origin)


def answered(kind, **headers):
    """What the guard sends for a request, and whether the application behind it was asked."""
    asked, sent = [], []

    async def application(snapshot, receive, send):
        asked.append(snapshot)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "headers": [(name.encode(), value.encode()) for name, value in headers.items()]}
    asyncio.run(Guard(application)(scope, None, send))
    return sent, bool(asked)


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_what_is_refused_never_reaches_prefect(kind):
    sent, asked = answered(kind, host="evil.example")
    assert (sent[0]["status"], asked) == (403, False)


def test_pages_may_load_and_send_nothing_elsewhere():
    sent, asked = answered("http", host=OURS)
    assert asked
    policy = dict(sent[0]["headers"])[b"content-security-policy"]
    assert policy.startswith(b"default-src 'self';")
    assert b"frame-ancestors 'none'" in policy


SECRET = "ballast:" + "x" * 43
GOOD = {"host": OURS, "authorization": f"Basic {b64encode(SECRET.encode()).decode()}"}


def visited(home, path, headers, secret=SECRET):
    """Status and body of a request for one of our pages, and whether it was handed on."""
    asked = []

    async def application(scope, receive, send):
        asked.append(scope["path"])
        await PlainTextResponse("Prefect")(scope, receive, send)

    client = TestClient(Guard(Pages(application, home, secret)), base_url=f"http://{OURS}")
    answer = client.get(path, headers=headers)
    return answer, bool(asked)


def test_our_pages_are_shown_to_who_knows_the_secret(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("<h1>Portfolios</h1>")
    answer, handed_on = visited(tmp_path, "/site/", GOOD)
    assert (answer.status_code, answer.text, handed_on) == (200, "<h1>Portfolios</h1>", False)
    assert answer.headers["content-security-policy"]
    assert visited(tmp_path, "/api/health", {})[1]


@pytest.mark.parametrize(
    "given", [{}, {"authorization": "Basic wrong"}, {"authorization": "Bearer " + SECRET}]
)
def test_our_pages_are_shown_to_nobody_else(tmp_path, given):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("<h1>Portfolios</h1>")
    answer, handed_on = visited(tmp_path, "/site/", given)
    assert (answer.status_code, handed_on) == (401, False)
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert "Portfolios" not in answer.text


def test_without_a_secret_nobody_sees_our_pages(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("<h1>Portfolios</h1>")
    nothing = {"host": OURS, "authorization": f"Basic {b64encode(b'').decode()}"}
    assert visited(tmp_path, "/site/", nothing, secret="")[0].status_code == 401


@pytest.mark.parametrize(
    "path", ["/site/../secret", "/site/%2e%2e/secret", "/site/..%2fsecret", "/site/link"]
)
def test_no_file_beside_our_pages_is_shown(tmp_path, path):
    (tmp_path / "secret").write_text("ballast:secret")
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")
    answer, _ = visited(tmp_path, path, GOOD)
    assert "ballast:secret" not in answer.text


def test_a_page_is_drawn_when_it_is_first_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("BALLAST_HOME", str(tmp_path))
    page, waiting = page_of(tmp_path, "20240628-trio-1"), undrawn_of(tmp_path, "20240628-trio-1")
    for file in (page, waiting):
        file.parent.mkdir(parents=True)
    page.write_text(f"<figure>{PLACE.format('drift')}</figure>")
    waiting.write_bytes(CHARTS.dump_json([drift_picture([drift("SPY")])]))
    answer, _ = visited(tmp_path, "/site/runs/20240628-trio-1.html", GOOD)
    assert answer.text.startswith("<figure><svg ")
    assert not waiting.exists()
