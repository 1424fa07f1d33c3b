"""Kupiec's test against the table that he published, and breaches counted by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.risk.var_backtest import kupiec_p, rolling_breaches

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
        assert kupiec_p(below, sessions, probability) < 0.05 <= kupiec_p(below + 1, sessions, probability)
    assert kupiec_p(above, sessions, probability) < 0.05 <= kupiec_p(above - 1, sessions, probability)


def test_as_many_breaches_as_expected_and_nothing_but_breaches():
    assert kupiec_p(5, 100, 0.05) == 1
    assert kupiec_p(10, 10, 0.05) == pytest.approx(0, abs=1e-12)  # the ratio is -20 ln 0.05 = 59.9


@settings(max_examples=30)
@given(st.integers(1, 400), st.data())
def test_further_from_what_is_expected_is_less_likely(sessions, data):
    breaches = data.draw(st.integers(0, sessions - 1))
    here, more = (kupiec_p(count, sessions, 0.05) for count in (breaches, breaches + 1))
    assert 0 <= here <= 1
    assert here >= more if breaches >= sessions * 0.05 else breaches + 1 > sessions * 0.05 or here <= more


def test_each_loss_meets_the_upper_quantile_of_those_before_it():
    """(20 - 1) * 0.95 is 18.05: of 20 losses the largest is the VaR."""
    losses = np.r_[np.arange(1.0, 21.0), 20.5, 20.5, 20.4, 30.0]
    np.testing.assert_array_equal(rolling_breaches(losses, 20), [True, False, False, True])


def test_losses_that_grow_breach_on_every_session():
    assert rolling_breaches(np.arange(500.0), 250).sum() == 250
