"""A fall that is not confirmed yet is looked for in a second source; one that fails changes nothing."""

import numpy as np
import pytest

from tasks.watch.second import Second
from tasks.watch.wanted import wanted
from tests.standins.slack import SlackStandIn
from tests.tasks.desk import Desk
from tests.tasks.watch.session import FALL, TODAY, Killed, at, bars, calm, fallen
from tests.tasks.watch.test_live import SLACK, Day


def fall(depth=0.08):
    """Within one minute, and there for a while."""
    return fallen(calm(), "CCC", depth, over=1)


@pytest.fixture
def day(tmp_path):
    """A day whose portfolio falls back to another price file, with that one's rows, if any."""
    with SlackStandIn(tmp_path / "slack.db") as slack:

        def make(rows):
            other = Desk(tmp_path / "other")
            source = f"files:{tmp_path / 'none.parquet'}" if rows is None else other.prices(rows, "minutes")
            return Day(tmp_path / "desk", slack, fall(), tables=f'{SLACK}[data]\nfallback = ["{source}"]\n')

        yield make


def stands(day, after):
    """Whether the fall is confirmed some minutes after it."""
    day.clock.stop = at(FALL + after)
    with pytest.raises(Killed):
        day.watch()
    [alert] = day.alerts()
    return alert.confirmed


@pytest.mark.parametrize(
    ("rows", "confirmed"),
    [
        (bars(fall()), True),
        (bars(calm()), False),
        (None, True),  # there is no such file
        (bars(calm()).query("symbol != 'CCC'"), True),
        (bars(calm())[lambda rows: rows["instant"] < at(FALL - 5)], True),  # it has stopped before
    ],
)
def test_a_fall_is_confirmed_unless_a_second_source_does_not_show_it(day, rows, confirmed):
    assert stands(day(rows), 5) == confirmed


def test_it_is_confirmed_once_the_second_source_follows(day):
    one = day(bars(fallen(calm(), "CCC", 0.08, begin=FALL + 4, over=1)))
    assert not stands(one, 3.5)
    assert stands(one, 8)
    assert "unconfirmed" not in one.first()["text"]


def test_only_falls_that_are_not_confirmed_are_asked_about(day):
    one = day(bars(calm()))
    asked = wanted(one.context, [str(one.file)], "XNYS", TODAY)
    second = Second(one.context, asked, one.source)
    second.ask(np.array([False, False, False]), FALL, at(FALL + 1))
    assert np.isnan(second.prices(FALL)).all()
    second.ask(np.array([False, True, False]), FALL, at(FALL + 1))
    np.testing.assert_allclose(second.prices(FALL), [np.nan, calm()[FALL, 1], np.nan], rtol=1e-9)
    assert Second(one.context, asked, second.sources["CCC"]).sources == {}, "the first one is not asked again"
