"""What a delivered split, dividend or capital-gain distribution must be."""

from expectations.suite import Suite, columns, faultless, given, known, none_where, positive

SPLIT_RATIO = 1000.0
"""New shares per old share, or old per new. Reverse splits of 1 for 1000 have happened; a larger one is
a price or a date in the wrong place."""

PAYOUT = 0.5
"""Share of the ex-date's close, as traded: a third of what the share was worth the day before. Special
dividends stay below it; pence told as pounds don't."""

SUITE = Suite(
    table="actions",
    day="ex_date",
    columns=columns(
        "actions",
        {
            "row_id": "BIGINT",
            "symbol": "VARCHAR",
            "ex_date": "DATE",
            "kind": "VARCHAR",
            "value": "DOUBLE",
            "derived": "BOOLEAN",
            "fault": "VARCHAR",
            "fault_value": "DOUBLE",
        },
    ),
    whole=(),  # most days bring no action at all
    rows=(
        none_where(
            "unique_key",
            "A symbol has one action of a kind per ex-date",
            select="row_id, symbol, ex_date, null",
            where="""(symbol, ex_date, kind) in (
                select symbol, ex_date, kind from actions group by all having count(*) > 1)""",
        ),
        given("symbol"),
        given("ex_date"),
        given("kind"),
        given("value"),
        known("kind", ("split", "dividend", "capital_gain")),
        positive("value"),
        none_where(
            "split_ratio",
            f"A split is between 1 for {SPLIT_RATIO:g} and {SPLIT_RATIO:g} for 1",
            select="row_id, symbol, ex_date, value",
            where=f"""kind = 'split' and isfinite(value)
                and value not between 1 / {SPLIT_RATIO} and {SPLIT_RATIO}""",
        ),
        none_where(
            "payout",
            f"A distribution is at most {PAYOUT:.0%} of its ex-date's close, where that was delivered",
            select="row_id, symbol, ex_date, value",
            where=f"""kind <> 'split' and isfinite(value) and exists (
                from bars where bars.symbol = staged.symbol and bars.session = staged.ex_date
                and staged.value > {PAYOUT} * bars.close)""",
        ),
        *faultless("actions", "ex_date"),
    ),
)
