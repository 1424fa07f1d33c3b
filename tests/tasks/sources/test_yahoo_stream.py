"""Yahoo's stream of trades by the real client, against a local WebSocket server."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from tasks.sources._yahoo_stream import YahooStream, parse
from tests.standins.yahoo_stream import YahooStreamStandIn, until

OPEN = datetime(2024, 7, 1, 13, 30, tzinfo=UTC)


def at(minute, second=0.0):
    return OPEN + timedelta(minutes=minute, seconds=second)


@pytest.fixture
def vendor():
    with YahooStreamStandIn() as found:
        yield found


class Clock:
    def __init__(self):
        self.time = at(-1)

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def stream(vendor, clock):
    found = YahooStream(vendor.address, ["AAA", "BBB"], clock, beat=0.2, silence=60.0, waits=(0.05, 0.2))
    vendor.wait(1)
    until(lambda: found.whole(at(0), at(1)))
    yield found
    found.close()


def bars(stream, first=0, end=2):
    rows = stream.bars(at(first), at(end)).to_pylist()
    return [
        (row["symbol"], (row["instant"] - OPEN) // timedelta(minutes=1),
         *(round(row[name], 4) for name in ("open", "high", "low", "close", "volume")))
        for row in rows
    ]  # fmt: skip


TRADES = [
    ("AAA", at(-1, 50), 99.5, 900), ("AAA", at(0, 1), 100.0, 1000), ("AAA", at(0, 20), 101.25, 1500),
    ("AAA", at(0, 40), 98.9, 1700), ("AAA", at(0, 59.9), 99.1, 2000), ("BBB", at(0, 30), 50.1, 10),
    ("BBB", at(0, 31), 50.2, 40), ("AAA", at(1, 0), 99.2, 2600),
]  # fmt: skip
MADE = [
    ("AAA", -1, 99.5, 99.5, 99.5, 99.5, 0.0), ("AAA", 0, 100.0, 101.25, 98.9, 99.1, 1100.0),
    ("BBB", 0, 50.1, 50.2, 50.1, 50.2, 30.0), ("AAA", 1, 99.2, 99.2, 99.2, 99.2, 600.0),
]  # fmt: skip


def told(vendor, stream, trades):
    before = stream._understood
    for trade in trades:
        vendor.tell(*trade)
    until(lambda: stream._understood == before + len(trades))


@pytest.mark.parametrize("seed", range(4))
def test_trades_in_any_order_and_twice_make_the_same_minutes(vendor, stream, seed):
    trades = [*TRADES, *TRADES[2:5]]
    if seed:
        random.Random(seed).shuffle(trades)
    told(vendor, stream, trades)
    assert sorted(bars(stream, -1)) == sorted(MADE)
    assert stream.last() == {"AAA": at(1), "BBB": at(0, 31)}
    assert bars(stream, -1, 1) == bars(stream, -1)[:3], "a minute that is not over is not told"


def test_minutes_that_were_read_are_forgotten_and_the_volume_goes_on(vendor, stream):
    told(vendor, stream, TRADES)
    assert [one[:2] for one in bars(stream, 1)] == [("AAA", 1)]
    assert bars(stream, -1) == [MADE[3]]
    told(vendor, stream, [("AAA", at(2, 5), 99.0, 2650)])
    assert bars(stream, 2, 3) == [("AAA", 2, 99.0, 99.0, 99.0, 99.0, 50.0)]


@pytest.mark.parametrize(
    "text", ["no JSON", '{"message": "?!"}', '{"message": "AAAA"}', "[]", '{"type": "error"}', "{}"]
)
def test_a_bad_message_costs_itself_alone(vendor, stream, text):
    told(vendor, stream, TRADES[:2])
    vendor.say(text)
    told(vendor, stream, TRADES[2:])
    assert sorted(bars(stream, -1)) == sorted(MADE)
    assert len(vendor.subscribed) == 1, "the connection is the same"
    assert stream.whole(at(0), at(2))


def test_trades_outside_the_exchanges_hours_and_of_others_are_left_out(vendor, stream):
    vendor.tell("AAA", at(0, 10), 1.0, 5, market_hours=0)
    vendor.tell("AAA", at(0, 11), 1.0, 5, market_hours=2)
    vendor.tell("ZZZ", at(0, 12), 1.0, 5)
    told(vendor, stream, TRADES[1:2])
    assert [one[:3] for one in bars(stream)] == [("AAA", 0, 100.0)]


def test_a_lost_connection_is_made_anew_and_the_minutes_meanwhile_are_not_whole(vendor, stream, clock):
    told(vendor, stream, TRADES[:2])
    clock.time = at(0, 30)
    vendor.drop()
    vendor.wait(2)
    clock.time = at(1, 5)
    until(lambda: stream._client is not None)
    assert vendor.subscribed[1] == {"AAA", "BBB"}
    told(vendor, stream, [("AAA", at(1, 10), 99.0, 1200)])
    assert not stream.whole(at(0), at(1, 30)), "the connection was lost in this minute"
    assert [one[:2] for one in bars(stream)] == [("AAA", 0), ("AAA", 1)], "what was told is there"
    assert stream.whole(at(2), at(3, 30))


def test_a_connection_counts_as_lost_since_its_last_message(vendor, stream, clock):
    clock.time = at(0, 10)
    told(vendor, stream, TRADES[:2])
    clock.time = at(3)
    vendor.drop()
    vendor.wait(2)
    assert stream.whole(at(0), at(0, 5))
    assert not stream.whole(at(1), at(2))


def test_too_many_bad_messages_in_a_row_make_a_new_connection(vendor, stream):
    for _ in range(20):
        vendor.say("no JSON")
    vendor.wait(2)
    told(vendor, stream, TRADES)
    assert sorted(bars(stream, -1)) == sorted(MADE)


def test_a_connection_that_says_nothing_is_made_anew_and_the_subscription_is_said_again(vendor, clock):
    stream = YahooStream(vendor.address, ["AAA"], clock, beat=0.1, silence=1.0, waits=(0.05, 0.1))
    try:
        vendor.wait(2)
        assert vendor.asked > 3, "said again meanwhile"
    finally:
        stream.close()


def test_nobody_there_it_tries_on_and_has_no_minute(clock):
    stream = YahooStream("ws://127.0.0.1:9/", ["AAA"], clock, waits=(0.05, 0.1))
    assert bars(stream) == []
    assert not stream.whole(at(0), at(1))
    stream.close()
    assert not any(thread.is_alive() for thread in stream._threads)


def test_numbers_come_as_text_and_prices_in_32_bits():
    found = parse({
        "id": "MSFT", "price": 246.89999389648438, "time": "1621515302000", "market_hours": 1,
        "day_volume": "10287264",
    })  # fmt: skip
    assert (found.price, found.at, found.day_volume) == (246.9, 1621515302000, 10287264.0)
    assert parse({"id": "MSFT", "time": "1621515302000", "market_hours": 1}) is None
    with pytest.raises(ValueError, match="soon"):
        parse({"id": "MSFT", "price": 1.0, "time": "soon", "market_hours": 1})
