"""What comes later than a doubted fall: drift confirms nothing, a fall of its own is confirmed by itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quant.watch.falls import Falls
from quant.watch.vetoes import VETOES
from quant.watch.watch import Watch
from tests.quant.watch.session import bars, calm, known, names, play, session
from tests.quant.watch.test_watch import crash

ACTED, LATER = 40, 60
"""Minutes: of the action, the wrong print or the last bar missing, and of what comes after it."""


def with_dividend(path, factor):
    """The path from whose minute `ACTED` on the vendor delivers prices after it, and what is known of it."""
    lower = path.copy()
    lower[ACTED:] *= factor
    return lower, {minute: known(1, factor=factor) for minute in range(len(path))}


def doubted(reason):
    """A path with a fall that stays unconfirmed for this reason, and what is known of its minutes."""
    path = calm()
    if reason == "action":
        return with_dividend(path, 0.93)
    if reason == "one_peak":
        path[ACTED] *= 1.1
    else:
        path[ACTED - 10 : ACTED] = np.nan
        path[ACTED:] *= 0.93
    return path, {}


doubts = pytest.mark.parametrize("reason", ["action", "one_peak", "silence"])


@doubts
def test_the_fall_alone_stays_unconfirmed(reason):
    path, around = doubted(reason)
    rows = play(path, around=around)
    assert VETOES[reason].words in rows[0].vetoes
    assert not any(row.confirmed for row in rows)


@settings(max_examples=4, deadline=None)
@given(
    st.floats(0.9, 0.945), st.floats(0.03, 0.2), st.integers(0, 50), st.integers(30, 120 - ACTED)
)  # fmt: skip
def test_after_a_dividend_no_slow_decline_is_a_confirmed_crash(factor, depth, seed, minutes):
    """At most 3.7% in five minutes, however deep it is in the end."""
    path = crash(calm(seed=seed), start=ACTED, minutes=minutes, depth=depth, share=0.0, recovery=1)
    path, around = with_dividend(path, factor)
    rows = play(path, around=around)
    assert rows[0].severity == "critical"
    assert not any(row.confirmed and row.severity == "critical" for row in rows)


@doubts
@settings(max_examples=3, deadline=None)
@given(st.integers(7, 25), st.integers(1, 5), st.floats(0.07, 0.2), st.integers(0, 50))
def test_a_later_crash_is_confirmed_within_two_bars_and_has_its_own_depth(
    reason, after, minutes, depth, seed
):
    path, around = doubted(reason)
    path *= calm(seed=seed) / 100
    path = crash(path, start=ACTED + after, minutes=minutes, depth=depth, share=0.0, recovery=1)
    rows = play(path, around=around)
    sure = [row for row in rows if row.confirmed and row.severity == "critical"]
    assert sure
    assert sure[0].fired + sure[0].duration <= ACTED + after + minutes + 1
    assert sure[-1].depth == pytest.approx(depth, abs=0.02)


@doubts
@settings(max_examples=3, deadline=None)
@given(st.integers(7, 25), st.floats(0.8, 0.92))
def test_a_later_wrong_print_is_not_confirmed(reason, after, off):
    path, around = doubted(reason)
    path[ACTED + after] *= off
    assert not any(row.confirmed for row in play(path, around=around))


@settings(max_examples=3, deadline=None)
@given(st.integers(7, 25), st.floats(0.8, 0.92))
def test_a_wrong_print_in_a_confirmed_warning_is_not_a_confirmed_crash(after, off):
    path = crash(calm(), start=ACTED, minutes=3, depth=0.04, share=0.0, recovery=1)
    path[ACTED + 2 + after] *= off
    rows = play(path)
    assert (rows[0].severity, any(row.confirmed for row in rows)) == ("warning", True)
    assert not any(row.confirmed and row.severity == "critical" for row in rows)


@settings(max_examples=3, deadline=None)
@given(st.floats(1.06, 1.4), st.integers(0, 50))
def test_a_first_print_too_high_is_no_confirmed_crash(off, seed):
    path = calm(seed=seed)
    path[0] *= off
    rows = play(path)
    assert rows[0].fired == 1
    assert not any(row.confirmed for row in rows)


@pytest.mark.parametrize("gap", [0.9, 1.0, 1.1])
def test_a_crash_in_the_first_minutes_is_confirmed_wherever_the_session_opened(gap):
    path = crash(gap * calm(), start=2, minutes=2, depth=0.08, share=0.0, recovery=1)
    [first, *_] = [row for row in play(path) if row.confirmed and row.severity == "critical"]
    assert first.fired + first.duration <= 4


def test_what_was_kept_by_an_earlier_version_goes_on():
    path = crash(calm())
    watch = Watch(names(1), session(1))
    rows = play(path[:83], watch, finish=False)
    saved = watch.save()
    for part in ("falls", "market_falls"):
        for name in ("judged", "top", "bottom", "acted"):
            del saved[part][name]
    later = Watch(names(1), session(1))
    later.restore(saved)
    assert isinstance(Falls.restore(saved["falls"]), Falls)
    for number in range(83, len(path)):
        later.offer(bars(number, path[number]))
        rows += later.step()
    assert rows + later.finish() == play(path)
