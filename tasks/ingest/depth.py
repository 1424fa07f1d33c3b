"""How far back a run looks: the days of its panel, and since when holdings were counted."""

from datetime import date, timedelta

from config.calendars import Calendar
from config.portfolio import Portfolio
from quant import signals, volatility
from quant.allocate import LOOKBACK
from quant.plugins import discover
from warehouse.runs import Run

HISTORY = (
    800  # sessions asked for, or more: the longest look-back is 780; the rest gives the move bound its σ
)
BACKCAST = 501  # sessions: the 500 returns of the VaR


def timeline(portfolio: Portfolio, session: date, count: int) -> list[date]:
    """The days on which any exchange traded, so many that each has `count` sessions up to `session`."""
    windows = [calendar.window(session, count) for calendar in _calendars(portfolio)]
    return _trading_days(portfolio, min(days[0] for days in windows), session)


def since_counted(portfolio: Portfolio, session: date, count: int) -> list[date]:
    """The timeline of `count` sessions; more where the holdings were counted before it."""
    recent, counted = timeline(portfolio, session, count), portfolio.holdings_as_of
    if counted is None or counted >= recent[0]:
        return recent
    # From the session before: an action on the first day of a window does not count.
    return _trading_days(portfolio, counted - timedelta(days=15), session)


def _trading_days(portfolio: Portfolio, start: date, end: date) -> list[date]:
    return sorted({day for calendar in _calendars(portfolio) for day in calendar.sessions(start, end)})


def _calendars(portfolio: Portfolio) -> list[Calendar]:
    return [portfolio.exchange(name) for name in {portfolio.calendar, *portfolio.calendars.values()}]


def depth(run: Run) -> int:
    """The sessions of a run's panel: what the measures need, or needed when it measured."""
    return run.panel_sessions or lookback()


def lookback() -> int:
    """The sessions that the hungriest of all measures needs."""
    modules = [*discover(signals).values(), *discover(volatility).values()]
    return max(BACKCAST, LOOKBACK, *(int(module.lookback(module.Parameters())) for module in modules))
