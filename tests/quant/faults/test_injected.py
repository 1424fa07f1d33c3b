"""Errors put into good real prices, anywhere and of any length, are found there and nowhere else."""

from dataclasses import replace
from functools import cache

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quant import faults
from quant.faults import PRICES, Series

ROWS = 600
SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
PLACES = {"symbol": st.integers(0, 20), "start": st.floats(0, 1), "at": st.integers(10, ROWS - 60)}


@cache
def funds(file) -> tuple[Series, ...]:
    table = pq.read_table(file).to_pandas().sort_values(["symbol", "session"])
    names = (*PRICES, "volume", "adj_close")
    return tuple(
        Series(
            **{name: rows[name].to_numpy(dtype=float) for name in names},
            splits=np.ones(len(rows)), distributions=np.zeros(len(rows)),
        )
        for _, rows in table.groupby("symbol")
    )  # fmt: skip


def cut(shared_data, symbol: int, start: float) -> Series:
    """600 rows of a fund, writable, without adjusted closes: only prices speak."""
    whole = funds(shared_data / "etf_daily.parquet")[symbol]
    first = int(start * (len(whole.close) - ROWS))
    rows = {name: getattr(whole, name)[first : first + ROWS].copy() for name in (*PRICES, "volume")}
    return Series(**rows, adj_close=np.full(ROWS, np.nan), splits=np.ones(ROWS), distributions=np.zeros(ROWS))


def found(series: Series) -> set[tuple[int, str]]:
    return {(fault.row, fault.kind) for _, fault in faults.find(series)}


@SETTINGS
@given(length=st.integers(1, 40), factor=st.sampled_from([100.0, 0.01]), **PLACES)
def test_a_stretch_in_another_unit(shared_data, symbol, start, at, length, factor):
    good = cut(shared_data, symbol, start)
    bad = {name: getattr(good, name).copy() for name in PRICES}
    for values in bad.values():
        values[at : at + length] *= factor
    series = replace(good, **bad)
    assert found(series) == {(row, "unit_100x") for row in range(at, at + length)}
    for _, fault in faults.find(series):
        assert fault.proposed is not None
        assert fault.proposed["close"] == pytest.approx(good.close[fault.row], rel=1e-12)


@SETTINGS
@given(field=st.sampled_from(PRICES), factor=st.sampled_from([100.0, 0.01]), **PLACES)
def test_a_single_price_in_another_unit(shared_data, symbol, start, at, field, factor):
    good = cut(shared_data, symbol, start)
    values = getattr(good, field).copy()
    values[at] *= factor
    assert found(replace(good, **{field: values})) == {(at, "unit_100x")}


@SETTINGS
@given(ratio=st.sampled_from([2.0, 3.0, 4.0, 10.0, 0.2, 0.1]), late=st.integers(0, 10), **PLACES)
def test_a_split_that_older_rows_do_not_count(shared_data, symbol, start, at, ratio, late):
    good = cut(shared_data, symbol, start)
    splits = good.splits.copy()
    splits[at + late] = ratio
    bad = {name: getattr(good, name).copy() for name in PRICES}
    for values in bad.values():
        values[:at] *= ratio
    assert found(replace(good, splits=splits, **bad)) == {(row, "split_not_applied") for row in range(at)}
    assert found(replace(good, splits=splits)) == set()


@SETTINGS
@given(share=st.floats(0.005, 0.04), **PLACES)
def test_a_dividend_in_another_unit(shared_data, symbol, start, at, share):
    """Told a hundredfold of what the adjusted close counts, or adjusted as told, it falls with no price."""
    good = cut(shared_data, symbol, start)
    told = good.distributions.copy()
    told[at] = 100 * share * good.close[at - 1]
    adjusted = good.close * np.where(np.arange(ROWS) < at, 1 - share, 1.0)
    assert found(replace(good, distributions=told, adj_close=adjusted)) == {(at, "dividend_100x")}
    told[at] /= 100
    assert found(replace(good, distributions=told, adj_close=adjusted)) == set()


def test_21_real_funds_have_no_fault(shared_data):
    """125,927 daily bars, with 2008, 2010-05-06 and 2020: every finding here is a false alarm."""
    for series in funds(shared_data / "etf_daily.parquet"):
        assert faults.find(replace(series, distributions=None)) == []
