"""Time-weighted and money-weighted returns: textbook examples, and what flows must not do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quant.performance.money_weighted import internal_rate, modified_dietz
from quant.performance.time_weighted import grown

SESSIONS = np.arange("2024-01-01", "2024-01-12", dtype="datetime64[D]")


def test_two_shares_as_the_cfa_curriculum_has_it():
    """A share for $200, after a year one more for $225; $5 of dividend on each share each year, the first
    paid out, the last with the sale of both at $235: 9.39% a year money-weighted; 15% and 6.67%, so 10.76%
    a year time-weighted (DeFusco et al., Quantitative Investment Analysis, CFA Institute, chapter 2).
    """
    whole = internal_rate(200.0, 480.0, np.array([220.0]), np.array([0.5]))  # 225 paid in, 5 taken out
    assert (1 + whole) ** 0.5 - 1 == pytest.approx(0.0939, abs=5e-5)
    days = SESSIONS[:3]
    growth = grown(np.array([200.0, 230.0, 480.0]), np.array([0.0, 0.0, 220.0]), days, days).growth
    assert growth[1] == pytest.approx(1.15)
    assert growth[2] == pytest.approx(1.0667, abs=5e-5)
    assert np.prod(growth) ** 0.5 - 1 == pytest.approx(0.1076, abs=1e-4)


def test_four_shares_as_candidates_learn_it():
    """Four shares at $50, two sold after a year at $50, then $5 on each other one and its sale at $80: 20.52%
    a year money-weighted, 30.38% time-weighted (a practice question of CFA level I).
    """
    whole = internal_rate(200.0, 170.0, np.array([-100.0]), np.array([0.5]))
    assert (1 + whole) ** 0.5 - 1 == pytest.approx(0.2052, abs=5e-5)
    days = SESSIONS[:3]
    growth = grown(np.array([200.0, 200.0, 170.0]), np.array([0.0, 0.0, -100.0]), days, days).growth
    assert np.prod(growth) ** 0.5 - 1 == pytest.approx(0.3038, abs=5e-5)


def test_a_month_as_bacon_has_it():
    """74.2m on the first day, 37.1m more on 14 January, 104.4m after 31 days; 67.0m just before the flow.

    Simple Dietz -7.44%, modified Dietz -7.30% with the flow at the end of its day and -7.21% at its start,
    true time-weighted -9.44% (Bacon, Practical Portfolio Performance Measurement and Attribution, 2nd
    edition, 2008, chapter 2).
    """
    begin, end, flow = 74.2, 104.4, np.array([37.1])

    def dietz(time):
        return modified_dietz(begin, end, flow, np.array([time]))

    assert dietz(0.5) == pytest.approx(-0.0744, abs=5e-5)
    assert dietz(14 / 31) == pytest.approx(-0.0730, abs=5e-5)
    assert dietz(13 / 31) == pytest.approx(-0.0721, abs=5e-5)
    rate = internal_rate(begin, end, flow, np.array([14 / 31]))
    assert rate == pytest.approx(dietz(14 / 31), abs=2e-3)  # it is an approximation of it
    assert begin * (1 + rate) + 37.1 * (1 + rate) ** (17 / 31) == pytest.approx(end)
    days = SESSIONS[:3]
    growth = grown(np.array([begin, 67.0, end]), np.array([0.0, 0.0, 37.1]), days, days).growth
    assert np.prod(growth) - 1 == pytest.approx(-0.0944, abs=5e-5)


def test_without_flows_both_are_the_return():
    assert internal_rate(100.0, 121.0, np.array([]), np.array([])) == pytest.approx(0.21)
    assert modified_dietz(100.0, 121.0, np.array([]), np.array([])) == pytest.approx(0.21)


def test_what_has_no_rate_is_not_known():
    nothing = np.array([])
    assert np.isnan(internal_rate(0.0, 1.0, nothing, nothing))
    assert np.isnan(internal_rate(100.0, -1.0, nothing, nothing))
    assert np.isnan(internal_rate(np.nan, 1.0, nothing, nothing))
    assert np.isnan(modified_dietz(0.0, 1.0, nothing, nothing))


@given(
    st.floats(-0.9, 5.0),
    st.lists(st.tuples(st.floats(0.01, 0.99), st.floats(0, 500)), max_size=6),
)
def test_the_internal_rate_is_the_one_that_was_earned(rate, flows):
    """Whatever is paid in and when: at a constant rate the money earns that rate."""
    times, paid = (np.array([one[place] for one in flows]) for place in (0, 1))
    end = 1000 * (1 + rate) + float(paid @ (1 + rate) ** (1 - times))
    assert internal_rate(1000.0, end, paid, times) == pytest.approx(rate, abs=1e-9)


@given(
    st.lists(st.tuples(st.floats(-0.2, 0.2), st.floats(-50, 500)), min_size=3, max_size=10),
    st.integers(0, 9),
    st.floats(-50, 500),
)
def test_a_flow_moves_no_time_weighted_return(drawn, place, more):
    def chained(flows):
        values = [1000.0]
        for earned, flow in zip(rates, flows, strict=True):
            values.append((values[-1] + flow) * (1 + earned))
        days = SESSIONS[: len(values)]
        return grown(np.array(values), np.array([0.0, *flows]), days, days).growth

    rates, flows = ([one[at] for one in drawn] for at in (0, 1))
    other = [*flows]
    other[place % len(flows)] += more
    assert chained(flows) == pytest.approx(chained(other))
    assert chained(flows)[1:] == pytest.approx(1 + np.array(rates))


def test_a_flow_within_several_sessions_is_estimated_and_said():
    """100 to 160 over four sessions with 50 more on one of them: 10 on 125 (Dietz)."""
    found = grown(np.array([100.0, 160.0]), np.array([0.0, 50.0]), SESSIONS[[0, 4]], SESSIONS[:5])
    assert found.growth.tolist() == [1.0, pytest.approx(1.08)]
    assert found.estimated.tolist() == [False, True]
    assert np.isnan(
        grown(np.array([10.0, 9.0]), np.array([0.0, -10.0]), SESSIONS[:2], SESSIONS[:2]).growth[1]
    )


def test_all_may_be_lost():
    """To 0 is -100%; what begins with nothing has no return."""
    found = grown(np.array([10.0, 0.0, 5.0]), np.zeros(3), SESSIONS[:3], SESSIONS[:3]).growth
    assert found[:2].tolist() == [1.0, 0.0]
    assert np.isnan(found[2])
