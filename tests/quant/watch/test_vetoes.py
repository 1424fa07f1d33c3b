"""Each veto: the fall is told as unconfirmed with its reason, and confirmed once the reason is gone."""

import numpy as np
import pytest

from quant.watch.vetoes import VETOES
from tests.quant.watch.session import calm, known, play
from tests.quant.watch.test_watch import crash

START = 80


def fallen(minutes=3):
    return crash(calm(), start=START, minutes=minutes, depth=0.07, share=0.0, recovery=1)


def test_without_a_reason_it_is_confirmed():
    assert any(row.confirmed and row.severity == "critical" for row in play(fallen()))


@pytest.mark.parametrize(
    ("name", "given"),
    [("halt", {"halted": True}), ("auction", {"auction": True}), ("second_source", {"second": 100.0})],
)
def test_a_reason_that_passes_leaves_a_confirmed_fall(name, given):
    rows = play(fallen(), around={minute: known(1, **given) for minute in range(START, START + 10)})
    early = [row for row in rows if row.fired + row.duration < START + 10]
    assert early
    assert all(VETOES[name].words in row.vetoes and not row.confirmed for row in early)
    assert rows[len(early)].change == "confirmed"
    assert (rows[len(early)].fired + rows[len(early)].duration, rows[len(early)].vetoes) == (START + 10, ())


def test_a_reason_that_lasts_leaves_it_unconfirmed():
    rows = play(fallen(), around={minute: known(1, second=100.0) for minute in range(START, 120)})
    assert rows
    assert not any(row.confirmed for row in rows)


def test_a_split_that_the_vendor_does_not_apply_is_unconfirmed():
    path = calm()
    path[START:] /= 2
    rows = play(path, around={minute: known(1, factor=0.5) for minute in range(120)})
    assert (rows[0].severity, rows[0].confirmed) == ("critical", False)
    assert VETOES["action"].words in rows[0].vetoes
    assert not any(row.confirmed for row in rows)
    assert any(row.confirmed for row in play(path))


def test_a_split_in_its_minute_is_no_fall():
    path = calm()
    path[START:] /= 2
    split = np.full((len(path), 1), np.nan)
    split[START] = 2.0
    assert play(path, split=split) == []


def test_a_dividend_explains_only_a_fall_of_its_size():
    action = {minute: known(1, factor=0.99) for minute in range(120)}
    assert any(row.confirmed for row in play(fallen(), around=action))


def test_a_crash_whose_every_minute_is_as_large_as_the_dividend_is_not_explained_by_it():
    action = {minute: known(1, factor=0.986) for minute in range(120)}
    rows = play(fallen(minutes=5), around=action)  # 1.4% a minute
    assert any(row.confirmed and row.severity == "critical" for row in rows)


def test_a_fall_in_the_minute_of_a_split_is_measured_in_the_new_shares():
    path = calm()
    path[START:] *= 0.45  # the split, and a tenth of the value
    split = np.full((len(path), 1), np.nan)
    split[START] = 2.0
    rows = play(path, split=split)
    assert (rows[0].change, rows[0].severity) == ("fired", "critical")
    assert rows[0].depth == pytest.approx(0.1, abs=0.01)
    assert rows[0].peak == pytest.approx(path[START - 1, 0] / 2, rel=0.01)


def test_a_single_wrong_print_is_unconfirmed_and_soon_over():
    path = calm()
    path[START] *= 0.9
    rows = play(path)
    assert [(row.change, row.severity, row.confirmed) for row in rows] == [
        ("fired", "critical", False),
        ("resolved", "critical", False),
    ]
    assert rows[0].vetoes == (VETOES["one_bar"].words,)
    assert rows[1].fired + rows[1].duration == START + 1


def test_a_single_print_too_high_is_no_crash_when_it_is_over():
    path = calm()
    path[START] *= 1.1
    rows = play(path)
    assert rows
    assert not any(row.confirmed for row in rows)
    assert rows[-1].vetoes == (VETOES["one_peak"].words,)
    path[START + 3 :] *= 0.85  # and then it falls
    assert any(row.confirmed for row in play(path))


def test_a_low_that_no_close_follows_is_unconfirmed():
    path = calm()
    low = path.copy()
    low[START] *= 0.9
    rows = play(path, low=low)
    assert rows
    assert not any(row.confirmed for row in rows)


def test_a_fall_within_one_bar_is_confirmed_by_the_next():
    path = calm()
    path[START:] *= 0.9
    rows = play(path)
    assert [(row.change, row.confirmed) for row in rows[:2]] == [("fired", False), ("confirmed", True)]
    assert rows[1].duration == 1
