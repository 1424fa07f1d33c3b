"""Falls as alerts: read a second time nothing changes; a second fall of a symbol fires its alert again."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

import numpy as np
import pytest

from quant.watch.rows import Fall as Row
from tasks.alerts.life import Fall
from tasks.watch.minutes import Seen
from tasks.watch.noted import after

FIRED = datetime(2024, 7, 1, 15, 2, tzinfo=UTC)
ROW = Row(
    "flash_crash", "CCC", "fired", "warning", True, 90, None, 20.0, 19.4, 19.4, -0.03, 0.03, 0.0, 0,
    MappingProxyType({}), (), False,
)  # fmt: skip


def change(known, kind, *, minutes=0, fired=FIRED, **row):
    """The alert after a change, `minutes` after it fired."""
    seen = Seen(
        replace(ROW, change=kind, **row), "2024-07-01", fired, fired + timedelta(minutes=minutes), np.nan
    )
    fall = Fall(
        "flash_crash", "CCC", date(2024, 7, 1), fired.isoformat(), seen.fall.severity, seen.fall.confirmed,
        "detail", seen.fall.move, seen.fall.depth, seen.fall.recovered if kind == "resolved" else None,
    )  # fmt: skip
    return after(known, fall, seen)


def test_the_life_of_a_fall():
    fired = change(None, "fired")
    worse = change(fired, "worse", minutes=1, severity="critical", depth=0.06)
    over = change(worse, "resolved", minutes=13, severity="critical", depth=0.08, recovered=0.55)
    assert (fired.state, fired.severity, fired.fired_at) == ("firing", "warning", FIRED)
    assert (worse.state, worse.severity, worse.depth) == ("firing", "critical", 0.06)
    assert (over.state, over.depth, over.recovered) == ("resolved", 0.08, 0.55)
    assert over.resolved_at == FIRED + timedelta(minutes=13)


@pytest.mark.parametrize("kind", ["fired", "worse", "resolved"])
def test_minutes_that_are_read_again_change_nothing(kind):
    over = change(change(None, "fired"), "resolved", minutes=13, depth=0.08, recovered=0.55)
    assert replace(change(over, kind, minutes=13, recovered=0.55), detail=over.detail) == over


def test_a_second_fall_fires_again_and_the_first_one_read_again_does_not_undo_it():
    over = change(change(None, "fired"), "resolved", minutes=13, recovered=0.55)
    later = FIRED + timedelta(minutes=60)
    again = change(over, "fired", fired=later, severity="critical", depth=0.07)
    assert (again.state, again.fired_at, again.severity, again.resolved_at) == (
        "firing",
        later,
        "critical",
        None,
    )
    assert again.fingerprint == over.fingerprint
    assert change(again, "resolved", minutes=13) == again


def test_an_acknowledged_fall_stays_so_unless_it_is_worse():
    known = replace(change(None, "fired"), state="acknowledged", acknowledged_by="Ada")
    assert change(known, "confirmed", minutes=1).state == "acknowledged"
    worse = change(known, "worse", minutes=1, severity="critical")
    assert (worse.state, worse.acknowledged_by) == ("firing", None)


def test_a_wrong_print_is_not_the_depth_of_the_true_fall_that_follows():
    doubted = change(None, "fired", severity="critical", confirmed=False, depth=0.5)
    true = change(doubted, "confirmed", minutes=7, severity="critical", depth=0.055)
    assert (true.confirmed, true.depth) == (True, 0.055)
