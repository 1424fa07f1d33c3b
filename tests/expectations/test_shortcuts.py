"""A rule that looks at few rows first finds what it would find if it looked at all of them.

Every price takes every odd value beside every other, on every kind of day.
"""

import re

import pytest

from expectations import bars
from expectations.suite import not_negative, positive

ODD = ("null", "'nan'", "'inf'", "'-inf'", "-100.0", "0.0", "100.0", "100.0000999", "100.000101", "126.0")
AMONG = re.compile(r"\(from \{batch\} where (.*?)\) as staged where", re.DOTALL)
SHORT = [rule for rule in bars.SUITE.rows if AMONG.search(rule.unexpected_rows_query)[1] != "true"]


@pytest.fixture
def odd(empty):
    """All prices beside each other; three exchanges, of which two share some days, and symbols of none."""
    values = f"(select unnest([{', '.join(f'{one}::double' for one in ODD)}]))"
    connection = empty.connection
    connection.execute(f"""
        insert into bars
        select row_number() over (), ['SPY', 'BARC.L', 'SAP.DE', 'NOWHERE', null][1 + (a + b) % 5],
            [date '2023-12-28', '2024-01-02', '2024-01-03', '2024-01-04', '2024-01-06', '2024-01-09', null]
                [1 + (a + k) % 7],
            o.v, h.v, l.v, c.v, o.v, 1, l.v, if((a + b) % 3 = 0, h.v, 0.01), 20, null, null
        from (select v, row_number() over () as a from {values} as t (v)) as o,
            (select v, row_number() over () as b from {values} as t (v)) as h,
            (select v, row_number() over () as k from {values} as t (v)) as l,
            {values} as c (v)""")
    days = "('XLON', '2024-01-03'), ('XLON', '2024-01-06'), ('XETR', '2024-01-09')"
    connection.execute(f"insert into calendar values {days}")
    return empty


@pytest.mark.parametrize("rule", SHORT, ids=lambda rule: rule.meta["rule"])
@pytest.mark.parametrize("asked", [("XNYS",), ("XNYS", "XLON"), ("XLON", "XLON"), ()])
def test_what_is_looked_at_first_holds_for_every_row_that_breaks_the_rule(odd, rule, asked):
    for symbol, calendar in zip(("SPY", "BARC.L"), asked, strict=False):
        odd.add("coverage", symbol=symbol, calendar=calendar)
    query = rule.unexpected_rows_query
    whole = AMONG.sub("(from {batch}) as staged where", query)
    found, expected = (
        odd.connection.execute(f"select row_id from ({one.format(batch='bars')}) order by 1").fetchall()
        for one in (query, whole)
    )
    assert found == expected
    assert found or rule.meta["rule"] == "trading_day"  # nothing is asked of no exchange


@pytest.mark.parametrize(
    ("rule", "bound"), [(positive("close"), "> 0"), (not_negative("close"), ">= 0")], ids=["positive", "not"]
)
def test_a_bound_by_constants_is_the_bound_of_what_is_finite(odd, rule, bound):
    found = odd.connection.execute(
        f"select row_id from ({rule.unexpected_rows_query.format(batch='bars')}) order by 1"
    ).fetchall()
    expected = odd.connection.execute(
        f"select row_id from bars where not (close {bound} and isfinite(close)) order by 1"
    ).fetchall()
    assert found == expected
    assert found
