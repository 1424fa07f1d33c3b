"""What a delivered daily bar must be."""

from expectations import BUSY, MOVE_FLOOR, MOVE_SIGMAS, TRADED
from expectations.suite import (
    PRICE_NOISE,
    Suite,
    columns,
    faultless,
    given,
    no_problem,
    none_where,
    prices,
)

BEGIN = """select any_value(b.session) from coverage as a join begins as b on b.calendar = a.calendar
    where a.symbol = staged.symbol"""
"""The first known session of a row's exchange; NULL where sessions are compared with none."""

EVERYWHERE = """select c.session from calendar as c where c.calendar in (select a.calendar from coverage as a)
    group by c.session
    having count(distinct c.calendar) = (select count(distinct a.calendar) from coverage as a)"""
"""The trading days of every exchange that is asked for."""

SUITE = Suite(
    table="bars",
    day="session",
    columns=columns(
        "bars",
        {
            "row_id": "BIGINT",
            "symbol": "VARCHAR",
            "session": "DATE",
            "open": "DOUBLE",
            "high": "DOUBLE",
            "low": "DOUBLE",
            "close": "DOUBLE",
            "volume": "DOUBLE",
            "copies": "BIGINT",
            "reference_close": "DOUBLE",
            "reference_sigma": "DOUBLE",
            "busy": "BIGINT",
            "fault": "VARCHAR",
            "fault_value": "DOUBLE",
        },
    ),
    whole=(
        no_problem(
            "not_empty",
            "Has at least one row",
            "select 'no bar was delivered' as problem where not exists (from {batch})",
        ),
    ),
    rows=(
        none_where(
            "unique_key",
            "A symbol has one bar per session",
            select="row_id, symbol, session, null",
            where="copies > 1 and symbol is not null and session is not null",
        ),
        given("symbol"),
        given("session"),
        given("close"),
        none_where(
            "before_calendar",
            "The session is not before the first that is known of the symbol's exchange",
            select="row_id, symbol, session, null",
            where=f"session < ({BEGIN})",
        ),
        none_where(
            "trading_day",
            "The session is a trading day of the symbol's exchange",
            select="row_id, symbol, session, null",
            where=f"""session >= coalesce(({BEGIN}), session) and (
                (select any_value(a.calendar) from coverage as a where a.symbol = staged.symbol), session
            ) not in (select c.calendar, c.session from calendar as c)""",  # noqa: S608 - proof: BEGIN is a constant of this file
            among=f"session not in ({EVERYWHERE})",
        ),
        none_where(
            "not_future",
            "The session is not after the session of the run",
            select="row_id, symbol, session, null",
            where="session > (select max(session) from coverage)",
        ),
        *prices(),
        # a sigma that is NULL or NaN leaves the floor; it never widens the bound
        none_where(
            "move_bound",
            f"The close is within {MOVE_FLOOR:.0%} of its reference, "
            f"or within {MOVE_SIGMAS:g} daily standard deviations where that is more",
            select="row_id, symbol, session, close / reference_close - 1",
            where=f"""isfinite(close) and close > 0 and abs(close / reference_close - 1) > greatest(
                {MOVE_FLOOR}, {MOVE_SIGMAS} * if(isfinite(reference_sigma), reference_sigma, 0))""",
            among=f"abs(close / reference_close - 1) > {MOVE_FLOOR}",
        ),
        # a symbol that rests has such rows by right, and then on other days too
        none_where(
            "repeated_close",
            f"A bar without volume does not repeat the close before in all four prices, "
            f"where each of the {TRADED} bars before had a volume of {BUSY:,} or more",
            select="row_id, symbol, session, close",
            where=f"""coalesce(volume, 0) = 0 and busy >= {TRADED}
                and open = close and high = close and low = close
                and abs(close / reference_close - 1) < {PRICE_NOISE}""",
        ),
        *faultless("bars", "session"),
    ),
)
