"""The two keys, the life of a fall, and that a kill, an order or a unit changes nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.watch.watch import Watch
from tests.quant.watch.session import bars, calm, names, play, session, told


def crash(path, start=80, minutes=5, depth=0.06, recovery=20, share=0.9, column=0):
    """The path with a fall of `depth` in so many minutes, and a recovery of `share` of it."""
    move = np.zeros(len(path))
    down = np.log1p(-depth)
    move[start : start + minutes] = np.linspace(0, down, minutes + 1)[1:]
    end = min(start + minutes + recovery, len(path))
    back = np.linspace(down, np.log1p(-depth * (1 - share)), recovery + 1)[1:]
    move[start + minutes : end] = back[: end - start - minutes]
    move[end:] = back[-1]
    fallen = path.copy()
    fallen[:, column] *= np.exp(move)
    return fallen


def test_a_calm_session_says_nothing():
    assert play(calm(20)) == []


def test_a_crash_is_a_warning_then_critical_then_resolved():
    rows = play(crash(calm(), depth=0.08))
    assert [row.change for row in rows] == ["fired", "worse", "resolved"]
    first, worse, over = rows
    assert (first.kind, first.severity, first.confirmed, first.symbol) == (
        "flash_crash",
        "warning",
        True,
        "S0",
    )
    assert (worse.severity, worse.confirmed, worse.vetoes) == ("critical", True, ())
    assert worse.fired + worse.duration <= 84  # before the fall ends
    assert worse.move == pytest.approx(first.move)
    assert over.depth == pytest.approx(0.08, abs=0.005)
    assert over.recovered == pytest.approx(0.5, abs=0.06)
    assert (over.resolved, over.duration) == (over.fired + over.duration, over.resolved - over.fired)
    assert worse.tests["lee_mykland"] < -6
    assert {"limit_band", "volume"} <= set(worse.tests)


def test_a_fall_that_the_symbols_own_volatility_explains_has_no_second_key():
    """The same 4.5% in three minutes: far out at 1% a day, nothing special at 12%."""
    for sigma, expected in ((0.01, True), (0.12, False)):
        path = crash(calm(sigma=sigma, seed=9), depth=0.045, minutes=3)
        rows = play(path, Watch(names(1), session(1, sigma=sigma)))
        assert any(row.fired in range(80, 86) for row in rows) == expected


def test_a_slow_decline_has_no_move():
    path = calm()
    path[:, 0] *= np.exp(np.linspace(0, np.log(0.85), len(path)))
    assert play(path) == []


def test_a_fall_that_does_not_come_back_is_over_once_it_has_settled():
    path = crash(calm(), start=60, share=0.0, recovery=1)
    path[75:] = path[74]
    over = play(path)[-1]
    assert (over.change, over.recovered < 0.3) == ("resolved", True)
    assert over.resolved == int(path.argmin()) + 30


def test_what_is_open_at_the_close_is_over_with_the_session():
    rows = play(crash(calm(), start=110, depth=0.12, share=0.0, recovery=1))  # bands are double
    assert (rows[-1].change, rows[-1].resolved) == ("resolved", 119)


def test_a_fall_is_told_again_only_below_its_low():
    once = crash(calm(), depth=0.06, start=50, recovery=6, share=1.0)
    assert [row.change for row in play(crash(once, start=64, depth=0.055))].count("fired") == 1
    assert [row.change for row in play(crash(once, start=64, depth=0.09))].count("fired") == 2


def test_one_name_in_a_calm_market_and_the_whole_market_are_different_kinds():
    alone = play(crash(calm(10)))
    assert {(row.kind, row.symbol, row.with_market) for row in alone} == {("flash_crash", "S0", False)}
    path = calm(10)
    for column in range(8):
        path = crash(path, column=column, depth=0.07)
    rows = play(path)
    [wide] = [row for row in rows if row.kind == "market_wide" and row.change == "fired"]
    assert wide.symbol is None
    assert wide.confirmed or any(row.confirmed for row in rows if row.kind == "market_wide")
    assert wide.tests["breadth"] <= -0.3
    of_names = [row for row in rows if row.symbol is not None]
    assert of_names
    assert all(row.with_market for row in of_names if row.change != "resolved")
    [over] = [row for row in rows if row.kind == "market_wide" and row.change == "resolved"]
    assert over.depth == pytest.approx(0.07, abs=0.015)


def test_a_minute_that_never_comes_is_no_fall_and_an_outage_is_unconfirmed():
    path = calm()
    path[70:90] = np.nan
    assert play(path) == []
    path[90:] = 0.93 * path[69]
    rows = play(path)
    assert rows[0].severity == "critical"
    assert not any(row.confirmed for row in rows)
    assert rows[0].vetoes[0] == "no bars came for the minutes before it"


@settings(max_examples=3, deadline=None)
@given(cut=st.integers(1, 118), seed=st.integers(0, 50))
def test_a_kill_after_any_minute_gives_the_same_rows(cut, seed):
    path = crash(crash(calm(3, seed=seed), depth=0.07), start=40, column=2, depth=0.05)
    first = Watch(names(3), session(3))
    before = play(path[:cut], first, finish=False)
    first.offer(bars(cut, path[cut]))  # bars that wait in the buffer survive as well
    second = Watch(names(3), session(3))
    second.restore(first.save())
    after = second.step()
    for number in range(cut + 1, len(path)):
        second.offer(bars(number, path[number]))
        after += second.step()
    assert before + after + second.finish() == play(path)


@settings(max_examples=2, deadline=None)
@given(order=st.permutations(range(6)), unit=st.sampled_from([0.5, 3.7, 100.0]), seed=st.integers(0, 50))
def test_neither_the_order_of_symbols_nor_the_unit_of_price_matters(order, unit, seed):
    path = crash(crash(calm(6, seed=seed), depth=0.07), start=40, column=4, depth=0.05)
    plain = told(play(path))
    other = Watch([f"S{number}" for number in order], session(6, previous=100.0 * unit))
    assert sorted(told(play(path[:, order] * unit, other)), key=str) == sorted(plain, key=str)


def test_late_bars_change_nothing_and_a_shuffled_minute_neither():
    path = crash(calm(3))
    watch = Watch(names(3), session(3))
    found = []
    for number in range(0, len(path), 5):
        for late in (3, 1, 4, 0, 2):
            watch.offer(bars(number + late, path[number + late]))
        for _ in range(5):
            found += watch.step()
        assert watch.offer(bars(number, path[number] * 0.5)).late == 3
    assert found + watch.finish() == play(path)


def test_memory_is_flat_over_sessions():
    watch = Watch(names(4), session(4, minutes=40))
    sizes = set()
    for seed in range(5):
        watch.begin(session(4, minutes=40))
        play(calm(4, minutes=40, seed=seed), watch)
        sizes.add(sum(array.nbytes for part in watch.save().values() for array in part.values()))
    assert len(sizes) == 1
