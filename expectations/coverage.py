"""What must have been delivered for the symbols that were asked for."""

from expectations.suite import Suite, columns, no_problem, none_where

MISSING = 0.5
"""Share of the asked symbols that may have no bars at all; beyond it the vendor failed, not the symbols."""

SPARSE = 0.5
"""The share of a symbol's sessions, from its first delivered bar to its newest, below which the rows are no
daily prices; weekly ones have a fifth of them."""

SUITE = Suite(
    table="coverage",
    day="session",
    columns=columns(
        "coverage",
        {
            "row_id": "BIGINT",
            "symbol": "VARCHAR",
            "calendar": "VARCHAR",
            "session": "DATE",
            "last_session": "DATE",
            "rows": "BIGINT",
        },
    ),
    whole=(
        no_problem(
            "not_empty",
            "At least one symbol was asked for",
            "select 'no symbol was asked for' as problem where not exists (from {batch})",
        ),
        no_problem(
            "delivered",
            f"At most {MISSING:.0%} of the asked symbols have no bars",
            f"""
            select missing || ' of ' || asked || ' asked symbols have no bars' as problem
            from (select count(*) as asked, count(*) filter (coalesce(rows, 0) = 0) as missing from {{batch}})
            where missing > {MISSING} * asked""",  # noqa: S608 - proof: MISSING is a constant of this file
        ),
    ),
    rows=(
        # the value is how many sessions the symbol is behind; NULL when it was never delivered
        none_where(
            "freshness",
            "The newest bar is that of the last session of the symbol's exchange",
            select="""row_id, symbol, session, case when last_session is not null then (
                select count(*) from calendar
                where calendar.calendar = staged.calendar
                and calendar.session > staged.last_session and calendar.session <= staged.session) end""",
            where="last_session is null or last_session < session",
        ),
        none_where(
            "density",
            f"Of the sessions from its first bar to its newest a symbol has at least {SPARSE:.0%}: "
            "fewer are no daily prices",
            select="row_id, symbol, session, rows",
            where=f"""row_id in (
                with began as (select symbol, min(session) as first from bars group by symbol)
                select asked.row_id
                from {{batch}} as asked
                join began using (symbol)
                join calendar
                    on calendar.calendar = asked.calendar
                    and calendar.session between began.first and asked.last_session
                group by asked.row_id, asked.rows
                having asked.rows < {SPARSE} * count(*))""",  # noqa: S608 - our own numbers
        ),
    ),
)
