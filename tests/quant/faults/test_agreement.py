"""A repair is proposed only where the repaired series has nothing against it."""

import numpy as np
import pytest

from quant import faults
from quant.faults import Series
from tests.contract.test_faults import series

ROWS = 60
CLOSE = [100.0 + row % 3 for row in range(ROWS)]


def found(**case: object) -> list[tuple[int, str, object]]:
    return [(fault.row, fault.kind, fault.proposed) for _, fault in faults.find(series(case))]


def test_a_high_whose_hundredth_lies_below_the_close_is_not_repaired():
    close, high = [53.0] * ROWS, [54.0] * ROWS
    close[30], high[30] = 53.56, 4000.0
    assert found(close=close, high=high, low=[52.0] * ROWS) == [(30, "unit_100x", None)]
    high[30] = 5400.0
    [(_, _, proposed)] = found(close=close, high=high, low=[52.0] * ROWS)
    assert proposed == {"high": pytest.approx(54.0)}


def test_a_low_whose_hundredfold_lies_above_its_bar_is_not_repaired():
    """IWB on 2010-05-06: 1.05 was traded, and 105 never."""
    close, low = [64.5] * ROWS, [64.0] * ROWS
    low[30] = 1.05
    assert found(close=close, low=low) == [(30, "unit_100x", None)]


@pytest.mark.parametrize("apart", [-4, -1, 1, 4])
@pytest.mark.parametrize("size", [0.5, 2.0], ids=["under 1%", "over 1%"])
def test_a_phantom_beside_the_real_payout_is_not_repaired_to_it(apart, size):
    """It would be paid twice, whatever the payouts around it or the adjusted close say of its size."""
    told = {"10": size, "30": size, "50": size, str(30 + apart): 100 * size}
    counted = [float(told.get(str(row), 0)) / (100 if row == 30 + apart else 1) for row in range(ROWS)]
    shares = np.cumprod(np.append(1 - np.array(counted[1:]) / CLOSE[:-1], 1.0)[::-1])[::-1]
    for vendors in ([np.nan] * ROWS, list(np.array(CLOSE) * shares)):
        said = found(close=CLOSE, distributions=told, adj_close=vendors)
        assert (30 + apart, "dividend_100x", None) in said
        assert all(proposed is None for *_, proposed in said)


def test_what_agrees_is_proposed():
    told = {"10": 0.5, "30": 50.0, "50": 0.5}
    assert found(close=CLOSE, distributions=told) == [(30, "dividend_100x", {"dividend": pytest.approx(0.5)})]


def test_nine_right_rows_are_not_divided_because_five_wrong_ones_follow():
    said = found(close=[*CLOSE[:9], *(close / 100 for close in CLOSE[:5])])
    assert said == [(row, "unit_undecided", None) for row in range(14)]


def test_five_rows_do_not_put_a_long_history_into_doubt():
    said = found(close=[*CLOSE, *(close / 100 for close in CLOSE[:5])])
    assert said == [(row, "unit_100x", None) for row in range(ROWS, ROWS + 5)]


def test_nothing_is_changed_in_the_series_that_is_looked_at():
    given: Series = series({"close": CLOSE, "distributions": {"10": 0.5, "30": 50.0, "50": 0.5}})
    before = {name: values.copy() for name, values in vars(given).items() if isinstance(values, np.ndarray)}
    faults.find(given)
    assert all(
        np.array_equal(getattr(given, name), values, equal_nan=True) for name, values in before.items()
    )
