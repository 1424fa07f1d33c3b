"""The crash watch on a real `ballast up`: started by itself, killed, gone on, and its message in Slack."""

import os
import signal
import time
from datetime import UTC, datetime, timedelta
from datetime import time as clock

import pyarrow as pa
import pytest

from tests.e2e.up import PATIENCE, family, free_port, launched, stopped
from tests.standins.slack import TOKEN, SlackStandIn
from tests.standins.yahoo import Yahoo
from tests.standins.yahoo_minutes import Minutes

pytestmark = pytest.mark.long

PORTFOLIO = """
name = "always"
calendar = "24/7"
holdings = "holdings.csv"
cash = 1000.0
[slack]
channel = "#portfolio-core"
[[target]]
symbol = "AAA"
asset_class = "one"
weight = 0.5
[[target]]
symbol = "BBB"
asset_class = "other"
weight = 0.5
"""


class Trading:
    """A symbol that trades around the clock and has lost 8% since an instant."""

    def __init__(self, symbol, begun):
        self.symbol, self.begun, self.fell = symbol, begun, None

    def answer(self, query):
        now = datetime.now(UTC)
        since = max(int(query["period1"]), int(self.begun.timestamp()) // 60 * 60)
        moments = range(since, min(int(query["period2"]), int(now.timestamp())), 60)
        rows = [self.row(datetime.fromtimestamp(at, UTC)) for at in moments]
        whole = (clock(0), clock(23, 59))
        return Minutes(self.symbol, rows, now, zone="UTC", hours=whole).answer(query)

    def row(self, at):
        close, before = (self.price(at + timedelta(minutes=number)) for number in (1, 0))
        wide = {"high": max(close, before) * 1.0001, "low": min(close, before) * 0.9999}
        return {"instant": at, "open": before, "close": close, "volume": 1000, **wide}

    def price(self, at):
        calm = 100 + 0.02 * ((at.minute * 7) % 5)
        if self.fell is None or at <= self.fell:
            return calm
        return calm * (1 - 0.04 * min((at - self.fell) / timedelta(minutes=1), 2))


def test_a_fall_is_told_though_the_watch_is_killed(tmp_path):
    begun = datetime.now(UTC) - timedelta(minutes=90)
    today = begun.date()
    daily = pa.table({"session": [today - timedelta(days=n) for n in range(40, 0, -1)]})
    for name, value in (("open", 100.0), ("high", 101.0), ("low", 99.0), ("close", 100.0), ("volume", 1e6)):
        daily = daily.append_column(name, pa.array([value + (n % 3) * 0.1 for n in range(40)]))
    home = tmp_path / "home"
    (home / "portfolios").mkdir(parents=True)
    (home / "portfolios" / "always.toml").write_text(PORTFOLIO)
    (home / "portfolios" / "holdings.csv").write_text("symbol,quantity\nAAA,10\nBBB,10\n")
    with Yahoo() as yahoo, SlackStandIn(tmp_path / "slack.db") as slack:
        symbols = {name: Trading(name, begun) for name in ("AAA", "BBB", "SPY")}
        for name, one in symbols.items():
            yahoo.serve(name, daily)
            yahoo.minutes[name] = one
        up = launched(
            home, tmp_path, free_port(), watched=True,
            BALLAST_SOURCE="yfinance", BALLAST_YAHOO_URL=yahoo.address,
            BALLAST_SLACK_URL=slack.url, BALLAST_SLACK_TOKEN=TOKEN,
        )  # fmt: skip
        try:
            kept = home / "watch" / f"24-7-{datetime.now(UTC).date()}.npz"
            _until(lambda: any((home / "watch").glob("*.npz")), up)
            first = _flow(home)
            os.kill(first, signal.SIGKILL)
            symbols["BBB"].fell = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
            _until(slack.messages, up)
            assert kept.parent.is_dir()
            assert "BBB fell" in slack.messages()[0]["text"]
            assert _flow(home) != first
        finally:
            stopped(up)
        told = [one for one in slack.messages() if "thread_ts" not in one]
        assert len(told) == 1


def _flow(home):
    """The process of the watch."""
    return next(pid for pid, line in family(home).items() if "prefect.engine" in line)


def _until(condition, up):
    deadline = time.monotonic() + max(PATIENCE, 300)
    while not condition():
        assert time.monotonic() < deadline, up.log("worker")
        time.sleep(0.5)
