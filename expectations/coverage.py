"""What must have been delivered for the symbols that were asked for."""

from expectations.suite import Suite, columns, no_problem, none_where

MISSING = 0.5
"""Share of the asked symbols that may have no bars at all; beyond it the vendor failed, not the symbols."""

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
            where="last_session is distinct from session",
        ),
    ),
)
