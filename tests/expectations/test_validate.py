"""A whole batch: what holds it, what is rejected, and that nothing is cut short or passes unexamined."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expectations import validate
from quant.errors import BallastError
from tests.expectations.conftest import Staging


def test_a_good_batch_is_not_held_and_loses_nothing(staging):
    verdict = staging.validate()
    assert verdict.held is None
    assert verdict.docs is None
    assert set(verdict.counts.values()) == {0}
    assert {outcome.table: outcome.checked for outcome in verdict.outcomes} == {
        "bars": 1,
        "actions": 0,
        "coverage": 1,
    }


def test_a_thousand_bad_rows_are_a_thousand_rejected_rows(staging):
    staging.connection.execute("""
        insert into bars
        select 1000 + i, 'BAD' || i, date '2024-01-05', null, null, null, -1, null, 1, null, null, 0,
            null, null
        from range(1000) as numbers (i);
        insert into bars
        select 5000 + i, 'MOVED' || i, date '2024-01-05',
            null, null, null, 200, null, 1, 100, null, 0, null, null
        from range(1000) as numbers (i)""")
    counts = staging.validate().counts
    assert counts["bars.positive_close"] == counts["bars.move_bound"] == 1000
    query = (
        "select rule, count(*), count(distinct row_id), min(value) from rejected group by rule order by rule"
    )
    assert staging.connection.execute(query).fetchall() == [
        ("move_bound", 1000, 1000, 1.0),
        ("positive_close", 1000, 1000, -1.0),
    ]


def test_a_second_validation_replaces_the_first(staging):
    staging.add("bars", symbol="AGG", close=None)
    assert staging.validate().counts == staging.validate().counts
    assert staging.rejected() == [("bars", "AGG", "close_given")]


def test_a_symbol_with_quotes_and_sql_is_only_a_name(staging):
    name = "'; drop table bars; --\"{batch}$1?"
    staging.add("bars", symbol=name, close=-1.0, open=None, high=None, low=None)
    assert staging.validate().held is None
    assert staging.rejected() == [("bars", name, "positive_close")]


def test_the_connection_is_given_back_open_and_outside_a_transaction(staging):
    staging.validate()
    staging.connection.begin()
    staging.connection.rollback()


def test_nothing_is_printed(staging, capfd):
    staging.add("bars", symbol="AGG", close=None)
    staging.validate()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("change", "held"),
    [
        ("alter table bars drop column close", "the staged table bars lacks the column close"),
        (
            "alter table bars alter volume type varchar",
            "the staged column bars.volume is VARCHAR, not DOUBLE",
        ),
        ("alter table actions drop column kind", "the staged table actions lacks the column kind"),
        ("alter table coverage drop column session", "the staged table coverage lacks the column session"),
        ("delete from bars", "no bar was delivered"),
        ("delete from coverage", "no symbol was asked for"),
        ("update coverage set rows = 0", "1 of 1 asked symbols have no bars"),
    ],
)
def test_a_table_that_cannot_be_trusted_holds_the_batch(staging, tmp_path, change, held):
    staging.connection.execute(change)
    verdict = validate(staging.connection, tmp_path, "batch")
    assert verdict.held == held
    assert held[1:] in verdict.docs.read_text()


def test_a_column_more_than_needed_is_welcome(staging):
    staging.connection.execute("alter table bars add column currency varchar")
    assert staging.validate().held is None


@pytest.mark.parametrize(("missing", "held"), [(50, None), (51, "51 of 100 asked symbols have no bars")])
def test_half_of_the_symbols_may_be_missing(empty, missing, held):
    empty.add("bars", symbol="S99")
    for number in range(100):
        absent = {"last_session": None, "rows": 0} if number < missing else {}
        empty.add("coverage", symbol=f"S{number}", **absent)
    verdict = empty.validate()
    assert verdict.held == held
    assert verdict.counts["coverage.freshness"] == missing


def test_a_rule_that_cannot_be_evaluated_stops_the_run(staging):
    staging.connection.execute("drop table calendar")
    with pytest.raises(BallastError, match=r"rule trading_day of bars could not be evaluated: .*calendar"):
        staging.validate()


PRICE = st.sampled_from([None, math.nan, math.inf, -math.inf, 0.0, -5.0, 0.5, 9.0, 10.0, 10.1, 12.0])
BAR = st.fixed_dictionaries(dict.fromkeys(("open", "high", "low", "close", "volume"), PRICE))


def rules_broken(bar: dict[str, float | None]) -> set[str]:
    """The price rules of the issue, read a second time in plain Python; no two prices differ by noise."""
    there = {name: value for name, value in bar.items() if value is not None}
    broken = {f"positive_{name}" for name in there if name != "volume" and not 0 < there[name] < math.inf}
    if not 0 <= there.get("volume", 0) < math.inf:
        broken.add("volume_not_negative")
    if "close" not in there:
        broken.add("close_given")
    return broken


def spread_broken(bar: dict[str, float | None]) -> set[str]:
    """The rules on high and low, for bars whose prices are all prices."""
    prices = [bar[name] for name in ("open", "high", "low", "close") if bar[name] is not None]
    high, low = bar["high"], bar["low"]
    return {
        rule
        for rule, broken in {
            "high_is_highest": high is not None and high < max(prices),
            "low_is_lowest": low is not None and low > min(prices),
        }.items()
        if broken
    }


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(BAR, min_size=60, max_size=160))
def test_price_rules_agree_with_a_second_reading(rows):
    staging = Staging()
    staging.add("coverage")
    ids = [staging.add("bars", symbol=f"S{n}", reference_close=None, **bar) for n, bar in enumerate(rows)]
    staging.validate()
    for bar, row_id in zip(rows, ids, strict=True):
        found = set(staging.verdict_on(row_id))
        expected = rules_broken(bar)
        assert found - {"high_is_highest", "low_is_lowest"} == expected
        if not any(rule.startswith("positive") for rule in expected):
            assert found == expected | spread_broken(bar)
    staging.connection.close()


REAL = """
insert into bars
select row_number() over (), symbol, session, open, high, low, close, volume, 1,
    lag(close) over (partition by symbol order by session), null,
    count(*) filter (volume >= 10000) over (
        partition by symbol order by session rows between 20 preceding and 1 preceding),
    null, null
from (select symbol, session::date as session, open, high, low, close, volume::double as volume
    from read_parquet(?))
"""
"""Real bars, each compared with the close before it: they are split-adjusted, and dividends are small."""


def test_real_prices_come_through(empty, shared_data):
    connection = empty.connection
    connection.execute(REAL, [str(shared_data / "etf_daily.parquet")])
    connection.execute("delete from calendar")
    connection.execute("insert into calendar select distinct 'XNYS', session from bars where symbol = 'SPY'")
    connection.execute("delete from begins")
    connection.execute(
        "insert into coverage select row_number() over (), symbol, 'XNYS', (select max(session) from bars),"
        " max(session), count(*) from bars group by symbol"
    )
    verdict = empty.validate()
    assert verdict.held is None
    assert verdict.outcomes[0].checked == 125_927
    assert empty.rejected() == []
