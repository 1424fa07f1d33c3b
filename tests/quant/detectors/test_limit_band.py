"""The bands of the Plan's Appendix A, and the two falls on their scale."""

import numpy as np
import pytest

from quant.detectors.limit_band import Parameters, band, begin, update
from tests.quant.intraday.market import played

# Appendix A of the Plan (File 4-631), as amended in 2020: tier, previous close, minutes left, width.
APPENDIX = [
    (1, 3.01, 60, 0.05),
    (1, 500.0, 60, 0.05),
    (2, 3.01, 60, 0.10),
    (1, 3.00, 60, 0.20),
    (2, 0.75, 60, 0.20),
    (1, 0.50, 60, 0.30),  # $0.15 of $0.50
    (2, 0.10, 60, 0.75),
    (1, 500.0, 24, 0.10),
    (1, 3.00, 24, 0.40),
    (2, 3.00, 24, 0.40),
    (2, 3.01, 24, 0.10),
    (1, 500.0, 25, 0.05),
]


@pytest.mark.parametrize(("tier", "close", "left", "width"), APPENDIX)
def test_bands_are_those_of_the_plan(tier, close, left, width):
    minute = played([close], minutes=left + 1, previous=close, tier=tier)[0]
    assert band(minute, Parameters())[0] == pytest.approx(width)


def test_without_a_previous_close_the_mean_decides():
    assert band(played([2.0])[0], Parameters())[0] == pytest.approx(0.20)


@pytest.mark.parametrize(
    ("closes", "level"),
    [
        ([100, 100, 100, 100, 100, 97.6], 0),
        ([100, 100, 100, 100, 100, 97.5], 1),
        ([100, 100, 100, 100, 100, 95.1], 1),
        ([100, 100, 100, 100, 100, 95.0], 2),
        ([100, 99, 98, 97, 96, 95], 2),
        ([100, 99.2, 98.4, 97.6, 96.8, 96.0, 95.2], 0),  # 4% in five minutes, 1.6% below their mean
        ([100, 100, 100, 100, 100, np.nan], 0),
    ],
)
def test_critical_is_a_band_from_the_peak_and_warning_half_a_band_from_the_mean(closes, level):
    minute = played(closes, previous=100.0)[-1]
    measure = update(minute, begin(1, Parameters()), Parameters())
    assert measure.level[0] == level
    assert np.isnan(measure.value[0]) == np.isnan(closes[-1])


def test_a_slow_decline_is_none():
    closes = 100 * np.exp(np.linspace(0, np.log(0.8), 390))
    assert not any(update(minute, {}, Parameters()).level.any() for minute in played(closes, previous=100.0))
