"""What speaks of the market, and what speaks of liquidity."""

import numpy as np
import pytest

from quant.detectors import bar_range, breadth, market_fall, no_volume, volume
from tests.quant.intraday.market import played, tape, values


def last(detector, minutes):
    parameters = detector.Parameters()
    memory = detector.begin(len(minutes[0].price), parameters)
    return [detector.update(minute, memory, parameters) for minute in minutes][-1]


@pytest.mark.parametrize(
    ("fall", "left", "level"),
    [
        (-0.0699, 100, 0),
        (-0.07, 100, 1),
        (-0.13, 35, 2),
        (-0.13, 34, 0),
        (-0.20, 34, 3),
        (-0.20, 100, 3),
        (np.nan, 100, 0),
    ],
)
def test_the_market_halts_where_rule_7_12_says(fall, left, level):
    assert market_fall.halt_level(fall, left) == level


@pytest.mark.parametrize(
    ("moves", "level"),
    [((-0.08, -0.08, -0.08, 0, 0), 2), ((-0.08, -0.05, -0.05, 0, 0), 1), ((-0.08, -0.08, 0, 0, 0), 0)],
)
def test_the_market_is_the_median_symbol(moves, level):
    found = last(market_fall, played([100 * (1 + np.array(moves))], previous=100.0))
    assert found.value == pytest.approx([np.median(moves)] * 5)
    assert (found.level == level).all()


@pytest.mark.parametrize(("falling", "level"), [(2, 0), (3, 1), (4, 1), (5, 2)])
def test_breadth_counts_who_falls_at_the_same_time(falling, level):
    path = np.full((6, 10), 100.0)
    path[5, :falling] = 98.0
    found = last(breadth, played(path))
    assert found.value == pytest.approx([-falling / 10] * 10)
    assert (found.level == level).all()


def test_few_symbols_say_nothing_of_the_market():
    path = np.full((6, 4), 100.0)
    path[5] = 50.0
    for detector in (breadth, market_fall):
        found = last(detector, played(path, previous=100.0))
        assert np.isnan(found.value).all()
        assert not found.level.any()


def test_one_symbol_that_stands_for_the_market_is_enough():
    found = last(market_fall, played([92.9], previous=100.0, index=True))
    assert (found.value[0], found.level[0]) == (pytest.approx(-0.071), 2)


def test_volume_and_range_are_measured_in_what_is_usual():
    state = tape()
    minutes = [state.advance(values([100.0], high=100.1, volume=200.0)) for _ in range(40)]
    minutes.append(state.advance(values([100.0], high=100.8, volume=1400.0)))
    assert last(volume, minutes).value[0] == pytest.approx(7)
    assert last(bar_range, minutes).value[0] == pytest.approx(np.log(1.008) / np.log(1.001))
    assert np.isnan(last(volume, minutes[:19]).value[0])


def test_minutes_without_a_trade_are_counted():
    state = tape()
    first = [state.advance(values([price])) for price in (np.nan, 100.0, np.nan)]
    none = [state.advance(values([100.0], volume=0.0)) for _ in range(4)]
    assert [last(no_volume, first[:1]).value[0], last(no_volume, first).value[0]] == pytest.approx(
        [np.nan, 1], nan_ok=True
    )
    found = last(no_volume, first + none)
    assert (found.value[0], found.level[0]) == (5, 1)
    assert last(no_volume, [*first, *none, state.advance(values([100.0]))]).value[0] == 0
