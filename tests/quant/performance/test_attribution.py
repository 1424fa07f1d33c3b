"""Brinson-Fachler effects and their linking: a published example, and sums that must hold for any."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quant.performance.attribution import brinson_fachler, linking

WEIGHTS, RETURNS = np.array([[0.4, 0.3, 0.3]]), np.array([[0.20, -0.05, 0.06]])
OWN, ITS = np.array([[0.4, 0.2, 0.4]]), np.array([[0.10, -0.04, 0.08]])


def test_uk_japan_and_us_as_bacon_has_them():
    """A portfolio of UK, Japanese and US equities: 8.3% against 6.4%. Allocation 0.0%, -1.04%, -0.16%;
    selection 4.0%, -0.2%, -0.8%; interaction 0.0%, -0.1%, 0.2% (Bacon, Practical Portfolio Performance
    Measurement and Attribution, 2nd edition, 2008, chapter 5, the example of its tables).
    """
    found = brinson_fachler(WEIGHTS, RETURNS, OWN, ITS)
    assert found.allocation[0] == pytest.approx([0.0, -0.0104, -0.0016])
    assert found.selection[0] == pytest.approx([0.04, -0.002, -0.008])
    assert found.interaction[0] == pytest.approx([0.0, -0.001, 0.002])
    sums = [one.sum() for one in (found.allocation, found.selection, found.interaction)]
    assert sums == pytest.approx([-0.012, 0.030, 0.001])
    assert found.total.sum() == pytest.approx(0.083 - 0.064)


def test_a_class_that_only_one_has_is_allocation():
    """Cash that the benchmark has none of, and a class that the portfolio has none of."""
    found = brinson_fachler(
        np.array([[0.8, 0.0, 0.2]]), np.array([[0.10, np.nan, 0.0]]),
        np.array([[0.5, 0.5, 0.0]]), np.array([[0.10, 0.02, np.nan]]),
    )  # fmt: skip
    assert found.selection[0] == pytest.approx([0.0, 0.0, 0.0])
    assert found.interaction[0] == pytest.approx([0.0, 0.0, 0.0])
    assert found.allocation[0] == pytest.approx([0.3 * 0.04, -0.5 * -0.04, 0.2 * -0.06])
    assert found.total.sum() == pytest.approx(0.08 - 0.06)


PERIODS, CLASSES = 5, 4
PARTS = arrays(float, (2, PERIODS, CLASSES), elements=st.floats(0.01, 1.0))
MOVES = arrays(float, (2, PERIODS, CLASSES), elements=st.floats(-0.5, 0.5))


@settings(max_examples=200)
@given(PARTS, MOVES)
def test_the_effects_sum_to_the_active_return_and_linked_to_the_compounded_one(parts, moves):
    weights, own = parts / parts.sum(axis=2, keepdims=True)
    returns, its = moves
    found = brinson_fachler(weights, returns, own, its)
    mine, bench = (weights * returns).sum(axis=1), (own * its).sum(axis=1)
    assert found.total.sum(axis=1) == pytest.approx(mine - bench, abs=1e-12)
    linked = (found.total * linking(mine, bench)[:, None]).sum()
    assert linked == pytest.approx(np.prod(1 + mine) - np.prod(1 + bench), abs=1e-9)


def test_equal_returns_link_without_a_division_by_zero():
    """Two periods that take each other back, and periods without any active return."""
    mine, bench = np.array([0.1, 0.0]), np.array([0.0, 0.1])
    assert (linking(mine, bench) * (mine - bench)).sum() == pytest.approx(0.0, abs=1e-12)
    assert linking(mine, mine) == pytest.approx(
        [1.1 / 1.1, 1.1]
    )  # what a period's gain has become by the end
    assert (linking(mine, mine + 1e-10) * -1e-10).sum() == pytest.approx(-2.1e-10, rel=1e-4)
