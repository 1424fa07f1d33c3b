"""The U of a session's volatility is found again, and a jump does not bend it."""

import numpy as np
import pytest

from quant.intraday.seasonality import estimate, flat

U = 0.6 + 1.2 * np.linspace(-1, 1, 390) ** 2
U /= np.sqrt(np.mean(U**2))


def returns(seed=1, sessions=60, symbols=5):
    random = np.random.default_rng(seed)
    scale = random.uniform(0.0002, 0.003, (sessions, 1, symbols))
    return random.standard_normal((sessions, 390, symbols)) * scale * U[None, :, None]


def test_a_u_shape_is_found_again():
    assert np.sqrt(np.mean((estimate(returns()) / U - 1) ** 2)) < 0.03


def test_jumps_and_missing_minutes_do_not_bend_it():
    dirty = returns()
    dirty[::7, 200, :] = -0.2
    dirty[::3, 100:110] = np.nan
    np.testing.assert_allclose(estimate(dirty), estimate(returns()), rtol=0.1)


def test_it_has_mean_square_one_and_one_symbol_needs_no_third_axis():
    one = returns(symbols=1)
    assert np.mean(estimate(one) ** 2) == pytest.approx(1)
    np.testing.assert_array_equal(estimate(one), estimate(one[..., 0]))
    assert (flat(210) == 1).all()


@pytest.mark.parametrize("level", [1e-3, 1e3])
def test_the_level_of_volatility_does_not_matter(level):
    few = returns(sessions=3)
    np.testing.assert_allclose(estimate(few * level), estimate(few), rtol=1e-9)


@pytest.mark.parametrize("minutes", [1, 2, 5])
def test_short_sessions_have_a_curve_too(minutes):
    assert np.mean(estimate(returns()[:, :minutes]) ** 2) == pytest.approx(1)


def test_without_a_return_nothing_can_be_estimated():
    with pytest.raises(ValueError, match="no return"):
        estimate(np.zeros((3, 10)))
