"""Kupiec's test against the table that he published, and breaches counted by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.risk.var_backtest import coverage, independence, kupiec, rolling_breaches

# Kupiec (1995), "Techniques for Verifying the Accuracy of Risk Measurement Models", table of non-rejection
# regions at a 5% test, as in Jorion, "Value at Risk", table 6-2: below and above are the first that reject.
REGIONS = {
    (0.01, 255): (None, 7), (0.01, 510): (1, 11), (0.01, 1000): (4, 17),
    (0.025, 255): (2, 12), (0.025, 510): (6, 21), (0.025, 1000): (15, 36),
    (0.05, 255): (6, 21), (0.05, 510): (16, 36), (0.05, 1000): (37, 65),
    (0.075, 255): (11, 28), (0.075, 510): (27, 51), (0.075, 1000): (59, 92),
    (0.10, 255): (16, 36), (0.10, 510): (38, 65), (0.10, 1000): (81, 120),
}  # fmt: skip


@pytest.mark.parametrize(("test", "region"), REGIONS.items())
def test_the_published_regions(test, region):
    (probability, sessions), (below, above) = test, region
    if below is not None:
        assert kupiec(below, sessions, probability).p < 0.05 <= kupiec(below + 1, sessions, probability).p
    assert kupiec(above, sessions, probability).p < 0.05 <= kupiec(above - 1, sessions, probability).p


def test_as_many_breaches_as_expected_and_nothing_but_breaches():
    assert kupiec(5, 100, 0.05).p == 1
    assert kupiec(10, 10, 0.05).p == pytest.approx(0, abs=1e-12)  # the ratio is -20 ln 0.05 = 59.9


@settings(max_examples=30)
@given(st.integers(1, 400), st.data())
def test_further_from_what_is_expected_is_less_likely(sessions, data):
    breaches = data.draw(st.integers(0, sessions - 1))
    here, more = (kupiec(count, sessions, 0.05).p for count in (breaches, breaches + 1))
    assert 0 <= here <= 1
    assert here >= more if breaches >= sessions * 0.05 else breaches + 1 > sessions * 0.05 or here <= more


def test_each_loss_meets_the_upper_quantile_of_those_before_it():
    """(20 - 1) * 0.95 is 18.05: of 20 losses the largest is the VaR."""
    losses = np.r_[np.arange(1.0, 21.0), 20.5, 20.5, 20.4, 30.0]
    np.testing.assert_array_equal(rolling_breaches(losses, 20), [True, False, False, True])


def test_losses_that_grow_breach_on_every_session():
    assert rolling_breaches(np.arange(500.0), 250).sum() == 250


@pytest.mark.parametrize(
    ("breaches", "sessions", "probability", "ratio"),
    [(57, 1043, 0.05, 0.46147), (6, 252, 0.01, 3.498), (20, 252, 0.05, 3.91)],
)
def test_published_ratios(breaches, sessions, probability, ratio):
    """57 of 1,043 at 95%; 6 of 252 at 99%; J.P. Morgan's 20 of 252 in 1998 (Jorion, "Value at Risk")."""
    assert kupiec(breaches, sessions, probability).ratio == pytest.approx(
        ratio, abs=10 ** -len(str(ratio)[2:])
    )


def runs_of(falls, again, stays):
    """A year in which `falls` calm sessions are followed by a breach and `again` breaches by another."""
    hits = []
    for place in range(falls):
        hits += [False] * (1 + stays // falls + (place < stays % falls))
        hits += [True] * (1 + again // falls + (place < again % falls))
    return np.array([*hits, False])


def test_breaches_that_come_together_as_jorion_has_them():
    """J.P. Morgan in 1998: 14 of 232 calm days were followed by a breach, 6 of 20 breaches by another.

    Independence 9.53, both together 13.44 (Jorion, "Value at Risk", 3rd edition, chapter 6).
    """
    hits = runs_of(14, 6, 218)
    before, after = hits[:-1], hits[1:]
    assert [int((before & after).sum()), int((~before & after).sum()), int(before.sum())] == [6, 14, 20]
    assert int((~before & ~after).sum()) == 218
    alone = independence(hits)
    assert alone.ratio == pytest.approx(9.53, abs=5e-3)
    assert kupiec(20, 252, 0.05).ratio + alone.ratio == pytest.approx(13.44, abs=5e-3)
    both = coverage(hits, 0.05)
    assert both.ratio == pytest.approx(kupiec(20, len(hits), 0.05).ratio + alone.ratio)
    assert both.p == pytest.approx(np.exp(-both.ratio / 2))  # chi-squared with two degrees


def test_without_a_breach_it_is_not_known_whether_they_come_together():
    assert np.isnan(independence(np.zeros(250, bool)).p)
    assert np.isnan(coverage(np.zeros(250, bool), 0.05).p)
    spread = np.arange(250) % 25 == 24
    assert independence(spread).p > 0.2  # never two in a row, of ten


def test_the_level_decides_which_losses_are_breaches():
    losses = np.array([*range(1, 101), 96, 99, 100, 101], float)
    assert rolling_breaches(losses, 100).tolist() == [False, True, True, True]
    assert rolling_breaches(losses, 100, 0.99).tolist() == [False, False, False, True]
