"""What a delivered minute bar must be. No bound on a move: a fall of half within a minute happens."""

from expectations.suite import (
    Suite,
    columns,
    given,
    no_problem,
    none_where,
    positive,
    prices,
)

HOURS = "from coverage join hours using (calendar) where coverage.symbol = staged.symbol"
"""When the exchange of a row's symbol traded, as far as these hours had passed when the bars were fetched."""

SUITE = Suite(
    table="minutes",
    day="session",
    columns=columns(
        "minutes",
        {
            "row_id": "BIGINT",
            "symbol": "VARCHAR",
            "session": "DATE",
            "instant": "TIMESTAMP",
            "open": "DOUBLE",
            "high": "DOUBLE",
            "low": "DOUBLE",
            "close": "DOUBLE",
            "volume": "DOUBLE",
            "split": "DOUBLE",
            "copies": "BIGINT",
        },
    ),
    whole=(
        no_problem(
            "in_sessions",
            "At least one bar lies within a session",
            f"""
            select format(
                'none of the {{{{}}}} bars lies within a session of {{{{}}}}: the first is at {{{{}}}} UTC. '
                'Write instants in UTC or with their offset, or name the exchange',
                count(*), (select string_agg(distinct calendar, ', ') from hours), min(instant)) as problem
            from {{batch}} as staged
            having count(*) > 0 and not bool_or(exists (
                {HOURS} and instant >= begins and instant < ends))""",  # noqa: S608 - proof: HOURS is a constant of this file
        ),
    ),
    rows=(
        none_where(
            "unique_key",
            "A symbol has one bar per minute",
            select="row_id, symbol, session, close",
            where="copies > 1",
        ),
        given("symbol"),
        given("close"),
        none_where(
            "whole_minute",
            "The instant is the begin of a minute",
            select="row_id, symbol, session, null",
            where="instant <> date_trunc('minute', instant)",
        ),
        none_where(
            "within_session",
            "The minute lies within the session of the symbol's exchange, not in its break, and has ended",
            select="row_id, symbol, session, null",
            where=f"not exists ({HOURS} and instant >= begins and instant < ends)",
        ),
        *prices(),
        positive("split"),
    ),
)
