"""What every detector of crashes promises. A new file is covered by lying in its folder."""

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import numpy as np
import pytest

import quant.detectors
from quant.plugins import discover
from tests.quant.intraday.market import tape, values

DETECTORS = discover(quant.detectors)
SYMBOLS, MINUTES = 6, 70
every_detector = pytest.mark.parametrize("detector", DETECTORS.values(), ids=DETECTORS)


def invented(seed=3, sessions=2):
    """Minutes of two sessions: a plain name, a crash, gaps, a split, no trade at all, one price only."""
    random = np.random.default_rng(seed)
    steps = random.normal(0, 0.001, (sessions, MINUTES, SYMBOLS))
    steps[1, 50:54, 1] = -0.03
    closes = 100 * np.exp(np.cumsum(steps.reshape(-1, SYMBOLS), axis=0)).reshape(steps.shape)
    closes[:, ::3, 2] = np.nan
    closes[1, 40:, 3] /= 2
    closes[..., 4] = np.nan
    closes[..., 5] = 100
    made = [[values(row, low=row * 0.9995, high=row * 1.0005) for row in session] for session in closes]
    made[1][40][5, 3] = 2.0
    return np.array(made)


def run(detector, minutes, order=slice(None), memory=None, unit=1.0):
    """Each minute's measure over two sessions; `memory` is what it has in the end."""
    parameters = detector.Parameters()
    count = minutes.shape[-1]
    memory = detector.begin(count, parameters) if memory is None else memory
    scale = np.array([unit] * 4 + [1.0, 1.0])[:, None]
    found = []
    for session in minutes:
        state = tape(count, minutes=MINUTES, previous=100.0 * unit, sigma=0.02)
        found += [
            detector.update(state.advance(one[:, order] * scale), memory, parameters) for one in session
        ]
    return found, memory


def assert_same(one, other, order=slice(None), rtol=0.0):
    for mine, yours in zip(one, other, strict=True):
        np.testing.assert_array_equal(mine.level[order], yours.level)
        np.testing.assert_allclose(mine.value[order], yours.value, rtol=rtol, atol=rtol)


def test_discovery_finds_every_file():
    files = {path.stem for path in Path(quant.detectors.__path__[0]).glob("[!_]*.py")}
    assert files
    assert set(DETECTORS) == files


@every_detector
def test_it_says_what_it_may_do_and_where_its_formula_is_from(detector):
    assert detector.ROLE in ("test", "move", "market", "evidence")
    assert "Source" in detector.__doc__
    parameters = detector.Parameters()
    assert fields(parameters)
    for field in fields(parameters):
        assert type(getattr(parameters, field.name)) is field.type
    with pytest.raises(FrozenInstanceError):
        setattr(parameters, fields(parameters)[0].name, 1)


@every_detector
def test_it_measures_every_symbol_in_every_minute(detector):
    found, _ = run(detector, invented())
    for measure in found:
        assert measure.value.shape == measure.level.shape == (SYMBOLS,)
        assert measure.value.dtype == np.float64
        assert set(measure.level.tolist()) <= {0, 1, 2}
        assert not np.isinf(measure.value).any()
        assert (measure.level[np.isnan(measure.value)] == 0).all()


@every_detector
def test_its_memory_stays_the_same_size_and_can_be_kept(detector):
    minutes = invented()
    begun = {name: array.nbytes for name, array in detector.begin(SYMBOLS, detector.Parameters()).items()}
    whole, memory = run(detector, minutes)
    assert {name: array.nbytes for name, array in memory.items()} == begun
    first, kept = run(detector, minutes[:1])
    rest, _ = run(detector, minutes[1:], memory={name: array.copy() for name, array in kept.items()})
    assert_same(whole, first + rest)


@every_detector
def test_neither_the_order_of_symbols_nor_the_unit_of_price_matters(detector):
    order = [3, 0, 5, 1, 4, 2]
    plain, _ = run(detector, invented())
    moved, _ = run(detector, invented(), order, unit=2.0)
    assert_same(plain, moved, order, rtol=1e-9)


@every_detector
def test_it_changes_nothing_that_it_is_handed(detector):
    parameters = detector.Parameters()
    state = tape(SYMBOLS, minutes=MINUTES, previous=100.0, sigma=0.02)
    memory = detector.begin(SYMBOLS, parameters)
    for one in invented()[0]:
        minute = state.advance(one)
        for field in fields(minute):
            if isinstance(array := getattr(minute, field.name), np.ndarray):
                array.setflags(write=False)
        detector.update(minute, memory, parameters)
        state = type(state).restore(state.save())
