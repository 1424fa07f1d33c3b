"""The signed webhook through the real httpx against a receiver that verifies by the specification."""

import dataclasses
import json
import socket
from datetime import UTC, datetime, timedelta
from shutil import copyfile

import pytest
from pydantic import SecretStr

from tasks.notifiers import Channel, RefusedError, UncertainError, load
from tasks.notifiers.webhook import signed
from tasks.outbox.prepare import prepare
from tasks.outbox.transport.deliver import deliver
from tasks.report.messages.message import MOST_ROWS
from tests.standins.webhook import SECRET, WebhookStandIn
from tests.tasks.deliver.conftest import SkippingClock
from tests.tasks.notifiers.reports import eventful, report, trade
from warehouse.duckdb_file.backend import DuckDBFile


@pytest.fixture
def clock():
    return SkippingClock()


@pytest.fixture
def receiver(clock):
    with WebhookStandIn(lambda: clock.now().timestamp()) as standin:
        yield standin


@pytest.fixture
def channel(receiver, tmp_path):
    return Channel("webhook", "desk", tmp_path, receiver.url, SecretStr(SECRET), timeout=5.0)


@pytest.fixture
def warehouse(empty_warehouse, tmp_path):
    copyfile(empty_warehouse, tmp_path / "warehouse.duckdb")
    return DuckDBFile(tmp_path)


def test_a_signature_is_the_one_of_the_specification():
    """The example of the Standard Webhooks specification's reference implementations."""
    from tasks.notifiers.webhook import _key

    key = _key(SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    headers = signed(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_document_is_signed_and_says_what_to_trade(receiver, channel, warehouse, clock):
    subject = eventful()
    notice = prepare(subject, "digest", channel)
    row = deliver(warehouse, notice, channel, clock)
    assert (row.channel, row.state, row.delivery) == ("webhook:desk", "sent", "at_least_once")
    [(headers, body)] = receiver.requests
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == notice.key
    document = receiver.taken[notice.key]
    assert document == json.loads(body) == notice.payload
    assert (document["type"], document["key"]) == ("ballast.digest", notice.key)
    told = document["data"]
    assert [one["symbol"] for one in told["trades"]] == [one.symbol for one in subject.trades]
    assert told["more"] == {}
    assert told["text"].startswith(told["subject"])


def test_a_huge_report_is_cut_and_says_by_how_much(receiver, channel, warehouse, clock):
    rows = [trade(f"S{n}") for n in range(MOST_ROWS + 7)]
    notice = prepare(report(trades=rows, status="recommended"), "digest", channel)
    assert deliver(warehouse, notice, channel, clock).state == "sent"
    [document] = receiver.taken.values()
    assert (len(document["data"]["trades"]), document["data"]["more"]) == (MOST_ROWS, {"trades": 7})


def test_an_old_or_changed_request_is_not_verified(receiver, channel, clock):
    notice = prepare(eventful(), "digest", channel)
    with pytest.raises(RefusedError, match="401"):
        load("webhook").send(channel, notice, clock.now() - timedelta(minutes=6))
    other = dataclasses.replace(channel, token=SecretStr("whsec_" + "A" * 44))
    with pytest.raises(RefusedError, match="401"):
        load("webhook").send(other, notice, clock.now())
    assert receiver.taken == {}


@pytest.mark.parametrize(
    ("faults", "state", "requests"),
    [
        (["429:retry-after=7"], "sent", 2),
        (["429:retry-after=300"], "queued", 1),
        (["503"], "sent", 2),
        (["500"] * 9, "queued", 4),
        (["500"], "sent", 2),
        (["drop"], "sent", 2),
        (["accept_drop"], "sent", 2),
        (["accept_500"], "sent", 2),
        (["accept_slow"], "sent", 2),
        (["404"], "failed", 1),
        (["413"], "failed", 1),
        (["302:location=http://127.0.0.1:1/"], "failed", 1),
    ],
)
def test_each_fault_ends_as_it_should(receiver, channel, warehouse, clock, faults, state, requests):
    receiver.faults = list(faults)
    impatient = dataclasses.replace(channel, timeout=0.3) if faults == ["accept_slow"] else channel
    notice = prepare(eventful(), "digest", channel)
    row = deliver(warehouse, notice, impatient, clock)
    assert (row.state, len(receiver.requests)) == (state, requests)
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1
    assert len({body for _, body in receiver.requests}) == 1
    assert bool(row.error) == (state != "sent")
    receiver.faults = []
    clock.sleep(300)  # as long as the receiver may have asked to wait
    assert deliver(warehouse, notice, channel, clock).state == "sent"
    assert list(receiver.taken) == [notice.key]


def test_retry_after_is_honoured(receiver, channel, warehouse, clock):
    receiver.faults = ["429:retry-after=7"]
    deliver(warehouse, prepare(eventful(), "digest", channel), channel, clock)
    assert 7 in clock.slept


def test_where_nobody_listens_it_is_certainly_not_sent(channel, warehouse, clock):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        away = dataclasses.replace(channel, url=f"http://127.0.0.1:{closed.getsockname()[1]}/")
        row = deliver(warehouse, prepare(eventful(), "digest", away), away, clock)
    assert (row.state, "cannot be reached" in row.error) == ("queued", True)
    assert "Perhaps" not in row.error


def test_an_answer_that_breaks_off_is_uncertain(receiver, channel):
    receiver.faults = ["accept_drop"]
    with pytest.raises(UncertainError):
        load("webhook").send(channel, prepare(eventful(), "digest", channel), datetime.now(UTC))


def test_an_answer_that_never_ends_is_not_waited_for(receiver, channel):
    receiver.faults = ["endless"]
    with pytest.raises(UncertainError, match="broke"):
        load("webhook").send(
            dataclasses.replace(channel, timeout=0.2),
            prepare(eventful(), "digest", channel),
            datetime.now(UTC),
        )


def test_the_secret_never_shows(receiver, channel, warehouse, clock, tmp_path):
    receiver.faults = ["500"] * 9
    row = deliver(warehouse, prepare(eventful(), "digest", channel), channel, clock)
    stored = (tmp_path / "warehouse.duckdb").read_bytes().decode("latin-1")
    assert SECRET not in f"{row!r}{channel!r}{stored}"
