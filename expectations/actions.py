"""What a delivered split, dividend or capital-gain distribution must be."""

from expectations import MOVE_FLOOR
from expectations.suite import Suite, columns, faultless, given, known, none_where, positive

SPLIT_RATIO = 10_000.0
"""New shares per old share, or old per new. Reverse splits of 1 for 10,000 have happened; a larger one is
a price or a date in the wrong place."""

PAYOUT = 0.5
"""Share of the ex-date's close, as traded: a third of what the share was worth the day before. Few special
dividends are above it, and the price falls by those; by pence given as pounds it does not."""

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
        given("symbol", "ex_date"),
        given("ex_date", "ex_date"),
        given("kind", "ex_date"),
        given("value", "ex_date"),
        known("kind", ("split", "dividend", "capital_gain"), "ex_date"),
        positive("value", "ex_date"),
        none_where(
            "split_ratio",
            f"A split is between 1 for {SPLIT_RATIO:g} and {SPLIT_RATIO:g} for 1",
            select="row_id, symbol, ex_date, value",
            where=f"""kind = 'split' and isfinite(value)
                and value not between 1 / {SPLIT_RATIO} and {SPLIT_RATIO}""",
        ),
        none_where(
            "payout",
            f"A distribution above {PAYOUT:.0%} of its ex-date's close is what the close fell by "
            f"(within {MOVE_FLOOR:.0%} of the close before), where these were delivered",
            select="row_id, symbol, ex_date, value",
            where=f"""kind <> 'split' and isfinite(value) and row_id in (
                with large as materialized (
                    select actions.row_id, symbol, ex_date, actions.value, bars.close, coalesce((
                        select product(split.value) from {{batch}} as split
                        where split.kind = 'split' and split.symbol = actions.symbol
                            and split.ex_date = actions.ex_date and split.value > 0), 1) as shares
                    from {{batch}} as actions join bars using (symbol)
                    where bars.session = ex_date and actions.value > {PAYOUT} * bars.close)
                select large.row_id
                from large
                asof left join (
                    select symbol, session, close from bars semi join large using (symbol) where close > 0
                ) as earlier on earlier.symbol = large.symbol and earlier.session < large.ex_date
                where coalesce(
                    abs((large.close + large.value) * shares / earlier.close - 1) > {MOVE_FLOOR}, true))""",  # noqa: S608 - proof: MOVE_FLOOR and PAYOUT are constants of ours
        ),
        *faultless("actions", "ex_date"),
    ),
)
