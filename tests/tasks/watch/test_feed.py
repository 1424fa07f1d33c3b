"""The minutes of the watch from a stream of trades, and from the source where the stream has none."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from quant.intraday.bars import CLOSE, VOLUME
from tasks.watch import market
from tasks.watch.feed import Feed
from tasks.watch.live import Live
from tasks.watch.wanted import wanted
from tests.standins.yahoo import Yahoo
from tests.standins.yahoo_minutes import Minutes
from tests.standins.yahoo_stream import YahooStreamStandIn, until
from tests.tasks.desk import CLOSES, Desk
from tests.tasks.desk import market as daily
from tests.tasks.watch.session import CLOSE as SHUT
from tests.tasks.watch.session import TODAY, Clock, at, bars, calm, fallen

SYMBOLS = [*CLOSES]


class Vendor:
    """Both ways to Yahoo: its minutes, and its stream, which is told minute by minute."""

    def __init__(self, folder, yahoo, stream, closes, **settings):
        self.desk, self.yahoo, self.stream, self.clock = Desk(folder), yahoo, stream, Clock(at(-10))
        self.frame, self.volume = bars(closes), dict.fromkeys(SYMBOLS, 5000)
        for symbol, rows in self.frame.groupby("symbol"):
            yahoo.minutes[symbol] = Minutes(symbol, rows.to_dict("records"), SHUT)
        for symbol, rows in daily(CLOSES | {"SPY": 500.0}).groupby("symbol"):
            yahoo.serve(symbol, pa.Table.from_pandas(rows, preserve_index=False))
        file = self.desk.portfolio()
        self.desk.day(daily(), file)
        made = self.desk.context(
            source="yfinance", yahoo_url=yahoo.address, yahoo_stream=stream.address, **settings
        )
        self.context = made.__class__(made.settings, self.clock.now, self.clock.sleep, "test")
        self.wanted = wanted(self.context, [str(file)], "XNYS", TODAY)
        self.opening = market.unknown(self.wanted)
        self.feed = Feed.live(self.context, self.wanted, "yfinance", self.opening.split)
        stream.wait(1)
        until(lambda: self.feed.stream.whole(at(-10), at(-9)))
        self.told = 0

    def tell(self, minute, *symbols):
        """The four prices of a minute as trades of symbols; its volume is a thousand."""
        rows = self.frame[self.frame["instant"] == at(minute)].set_index("symbol")
        for symbol in symbols or SYMBOLS:
            for part, name in enumerate(("open", "high", "low", "close")):
                self.volume[symbol] += 250
                self.stream.tell(
                    symbol, at(minute, 10 + 10 * part), rows.loc[symbol, name], self.volume[symbol]
                )
                self.told += 1
        until(lambda: self.feed.stream._understood == self.told)

    def bars(self, first, end):
        """What the feed has of some minutes, ten seconds after the last one: by symbol, minute and volume."""
        self.clock.time = at(end, 10)
        found = self.feed.bars(at(first), self.clock.now())
        return sorted(
            (SYMBOLS[symbol], int(minute), float(volume))
            for symbol, minute, volume in zip(found.symbol, found.minute, found.values[VOLUME], strict=True)
        )

    def asked(self):
        """The symbols that were asked for since the last look, each once, in order."""
        asked = [one.split("/chart/")[1].split("?")[0] for one in self.yahoo.asked if "interval=1m" in one]
        self.yahoo.asked.clear()
        return [*dict.fromkeys(asked)]


@pytest.fixture
def vendor(tmp_path):
    with Yahoo() as yahoo, YahooStreamStandIn() as stream:
        opened = []

        def make(closes=None, **settings):
            opened.append(Vendor(tmp_path, yahoo, stream, calm() if closes is None else closes, **settings))
            return opened[0]

        yield make
        for one in opened:
            one.feed.close()


def test_what_trades_is_not_asked_for_and_what_does_not_is(vendor):
    one = vendor()
    for minute in range(5):
        one.tell(minute, "AAA", "BBB")
        found = one.bars(minute, minute + 1)
        first = 750.0 if minute == 0 else 1000.0  # what the day had before its first trade is not known
        assert found[:2] == [("AAA", minute, first), ("BBB", minute, first)]
        assert one.asked() == (["CCC"] if minute >= 2 else []), minute
        assert [row[:2] for row in found[2:3]] == [("CCC", minute)][: minute >= 2]


def test_what_was_traded_while_the_connection_was_lost_is_asked_for(vendor):
    one = vendor()
    one.tell(0)
    one.bars(0, 1)
    one.clock.time = at(1, 30)
    one.stream.drop()
    one.stream.wait(2)
    one.clock.time = at(2, 5)
    until(lambda: one.feed.stream._client is not None)
    one.tell(2)
    both = sorted((name, minute) for name in SYMBOLS for minute in (1, 2))
    assert sorted({row[:2] for row in one.bars(1, 3) if row[1] < 3}) == both
    assert one.asked() == SYMBOLS
    one.tell(3)
    assert len(one.bars(3, 4)) == 3
    assert one.asked() == []


def test_no_more_is_asked_for_than_the_vendors_budget_allows_and_everybody_has_a_turn(vendor):
    one = vendor(yahoo_budget="6/minute")
    turns = []
    for minute in range(4, 10):
        one.bars(minute, minute + 1)
        turns.append(one.asked())
    assert turns == [["AAA", "BBB"], ["CCC", "AAA"], ["BBB", "CCC"]] * 2


def test_the_falls_of_the_stream_are_those_of_the_minutes_that_are_asked_for(vendor):
    closes = fallen(calm(), "CCC", 0.08, begin=40)
    one = vendor(closes)
    found, live = [], Live(one.context, one.wanted, one.feed, lambda *_: None, one.opening)
    live._note_and_tell = live._note = found.extend
    for minute in range(60):
        one.tell(minute)
        live.minute()
    asked = Feed(one.context, one.wanted, "yfinance", one.opening.split)
    other, expected = Live(one.context, one.wanted, asked, lambda *_: None, one.opening), []
    other._note_and_tell = other._note = expected.extend
    one.clock.time = at(60, 10)
    other.minute()
    assert [(seen.fall.symbol, seen.fall.change, seen.at) for seen in found] == [
        (seen.fall.symbol, seen.fall.change, seen.at) for seen in expected
    ]
    assert found[0].fall.symbol == "CCC"


def test_prices_are_those_of_the_trades(vendor):
    one = vendor()
    one.tell(0)
    one.clock.time = at(1, 10)
    found = one.feed.bars(at(0), one.clock.now())
    rows = one.frame[one.frame["instant"] == at(0)]
    np.testing.assert_allclose(sorted(found.values[CLOSE]), sorted(rows["close"]), rtol=1e-6)


def test_a_gateway_of_the_vendor_has_no_stream_unless_one_is_set(tmp_path):
    desk = Desk(tmp_path)
    file = desk.portfolio()
    desk.day(daily(), file)
    for settings in ({"yahoo_url": "http://127.0.0.1:9"}, {"yahoo_stream": "none"}):
        context = desk.context(source="yfinance", **settings)
        asked = wanted(context, [str(file)], "XNYS", TODAY)
        feed = Feed.live(context, asked, "yfinance", market.unknown(asked).split)
        assert feed.stream is None
        feed.close()
    assert SHUT - at(0) == timedelta(hours=6.5)
