"""What every allocation model promises. A new file is covered by lying in its folder."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import quant.allocation
from quant.allocate import _weights, allocate
from quant.plugins import discover
from quant.policy.policy import AllocationPolicy, Target

MODELS = discover(quant.allocation)
STRATEGIC = (0.4, 0.25, 0.2, 0.1, 0.05)
SIGMAS = (0.012, 0.010, 0.004, 0.015, 0.020)
DAYS = np.busday_offset(np.datetime64("2023-01-02"), np.arange(320))

every_model = pytest.mark.parametrize("name", MODELS)


def returns(sessions=319, seed=5):
    """Five symbols with a common market, each with its own volatility."""
    random = np.random.default_rng(seed)
    market = random.normal(0, 0.005, (sessions, 1))
    return market + random.normal(0, 1, (sessions, 5)) * np.array(SIGMAS)


def targets(order=range(5)):
    """The last but one has a tilt of its own, the first one none."""
    own = {0: 0.0, 3: 0.02}
    return [
        Target(symbol=f"S{row}", asset_class="a", weight=STRATEGIC[row], tilt=own.get(row)) for row in order
    ]


def policy(name, **settings):
    needed = {key: float(example) for key, example in MODELS[name].SETTINGS.items() if example}
    return AllocationPolicy(**{"model": name, "tilt": 0.06, "refit": "daily", **needed, **settings})


def weights(name, daily, wanted=None, **settings):
    """The weights in force, worked out anew."""
    _weights.cache_clear()
    worth = 100 * np.cumprod(np.vstack([np.ones(daily.shape[1]), 1 + daily]), axis=0)
    return allocate(policy(name, **settings), wanted or targets(), worth, DAYS[: len(worth)])


def test_discovery_finds_every_file():
    assert {path.stem for path in Path(quant.allocation.__path__[0]).glob("[!_]*.py")} == set(MODELS)


def test_finding_the_models_does_not_import_their_optimiser():
    """It takes seconds, which a portfolio of fixed weights must not pay."""
    code = (
        "import sys, quant.allocate as a, quant.allocation as m; a.discover(m); "
        "sys.exit(any(name in sys.modules for name in ('skfolio', 'cvxpy', 'sklearn')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@every_model
def test_settings_are_keys_of_the_portfolio_file(name):
    assert {*MODELS[name].SETTINGS} <= {*AllocationPolicy.model_fields} - {"model", "tilt", "refit"}
    assert type(MODELS[name].INVESTED) is bool
    assert MODELS[name].window(policy(name)) > 0
    assert MODELS[name].window(policy(name, window=77)) == 77


@every_model
@pytest.mark.parametrize("tilt", [0.001, 0.06, 1.0])
def test_limits_hold_and_the_sum_is_kept(name, tilt):
    found = weights(name, returns(), tilt=tilt)
    assert found.status == "applied"
    limits = np.array([0.0, tilt, tilt, 0.02, tilt])
    assert (np.abs(found.target - STRATEGIC) <= limits + 1e-12).all()
    assert (found.target >= 0).all()
    if MODELS[name].INVESTED:
        assert found.target.sum() == pytest.approx(1, abs=1e-12)
    else:
        assert (found.target <= np.array(STRATEGIC) + 1e-12).all()


@every_model
def test_the_same_returns_give_the_same_digits_and_are_not_changed(name):
    daily = returns()
    first = weights(name, daily)
    again = weights(name, daily)
    assert first.target.tolist() == again.target.tolist()
    np.testing.assert_array_equal(daily, returns())


@every_model
def test_the_order_of_symbols_does_not_matter(name):
    order = [3, 1, 4, 0, 2]
    straight = weights(name, returns(), tilt=0.5).target
    shuffled = weights(name, returns()[:, order], targets(order), tilt=0.5).target
    np.testing.assert_allclose(shuffled, straight[order], atol=5e-6)


@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if model.INVESTED])
def test_a_market_twice_as_wild_asks_for_the_same_weights(name):
    calm, wild = (weights(name, scale * returns()).target for scale in (0.5, 1.0))
    np.testing.assert_allclose(calm, wild, atol=5e-6)


@every_model
def test_a_market_that_does_not_move_has_weights_inside_the_limits_or_the_strategic_ones(name):
    found = weights(name, np.zeros((319, 5)))
    assert found.status in {"applied", "fallback"}
    assert bool(found.reason) == (found.status == "fallback")
    assert (np.abs(found.target - STRATEGIC) <= 0.06 + 1e-12).all()


@every_model
def test_missing_history_leaves_the_strategic_weights_and_says_so(name):
    daily = returns()
    daily[:200, 2] = np.nan
    worth = 100 * np.cumprod(1 + daily, axis=0)
    worth[:, 2] = np.where(np.isnan(daily[:, 2]), np.nan, 50.0)
    found = allocate(policy(name), targets(), worth, DAYS[: len(worth)])
    assert found.status == "fallback"
    assert found.target.tolist() == list(STRATEGIC)
    assert (
        found.reason == f"S2 has 118 of the {MODELS[name].window(policy(name))} returns that the model reads"
    )
