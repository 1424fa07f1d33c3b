import numpy as np
import pytest

from quant.allocate import _weights, allocate
from quant.policy.policy import AllocationPolicy, Target

TARGETS = [Target(symbol=s, asset_class="a", weight=w) for s, w in (("AAA", 0.6), ("BBB", 0.4))]
DAYS = np.busday_offset(np.datetime64("2023-01-02"), np.arange(400))
WORTH = 100 * np.cumprod(1 + np.random.default_rng(8).normal(0, [0.02, 0.005], (400, 2)), axis=0)
POLICY = AllocationPolicy(model="volatility_target", tilt=0.5, volatility_target=0.05)


def until(day, worth=WORTH, **settings):
    rows = int(np.searchsorted(DAYS, np.datetime64(day))) + 1
    return allocate(POLICY.model_copy(update=settings), TARGETS, worth[:rows], DAYS[:rows])


def test_fixed_weights_are_those_of_the_file_whatever_the_prices():
    found = allocate(AllocationPolicy(), TARGETS, np.full((3, 2), np.nan), DAYS[:3])
    assert (found.status, found.fitted_on, found.reason) == ("fixed", None, None)
    assert found.target.tolist() == [0.6, 0.4]


@pytest.mark.parametrize(
    ("refit", "fitted_on"),
    [("daily", "2024-05-22"), ("monthly", "2024-05-01"), ("quarterly", "2024-04-01")],
)
def test_it_is_fitted_on_the_first_session_of_the_period(refit, fitted_on):
    found = until("2024-05-22", refit=refit)
    assert found.status == "applied"
    assert found.fitted_on.isoformat() == fitted_on


def test_what_comes_after_the_fit_does_not_move_it():
    later = WORTH.copy()
    later[np.datetime64("2024-05-01") < DAYS] *= 3
    first, last = until("2024-05-01"), until("2024-05-31", later)
    assert first.target.tolist() == last.target.tolist()
    assert first.target.tolist() != until("2024-06-03").target.tolist()


def test_another_scale_of_the_index_gives_the_same_digits():
    """Every later distribution changes the whole of a total-return index by one factor."""
    assert until("2024-05-01").target.tolist() == until("2024-05-01", WORTH * 0.9837).target.tolist()


def test_some_missing_closes_are_gone_over_and_many_are_not():
    worth = WORTH.copy()
    worth[300:310, 1] = np.nan
    assert until("2024-05-22", worth).status == "applied"
    worth[280:310, 1] = np.nan
    found = until("2024-05-22", worth)
    assert found.status == "fallback"
    assert found.reason == "BBB has 222 of the 252 returns that the model reads"


def test_one_fit_serves_a_whole_month():
    _weights.cache_clear()
    for day in ("2024-05-01", "2024-05-02", "2024-05-31"):
        until(day)
    assert _weights.cache_info().misses == 1
