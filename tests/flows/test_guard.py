"""Which requests Prefect's server gets to see; tests/e2e/test_up.py asks the real one."""

import asyncio

import pytest

from flows.up.guard import Guard, refusal

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
