"""What restates known closes, and what only looks so once another rule has put prices right."""

import numpy as np

from quant.faults import Series, restated

OLD, NEW = [20.0, 20.04, 20.1] * 7, [2000.0, 2004.0, 2010.0]


def series(close, accepted):
    prices = np.array(close)
    known = np.array([*accepted, *[np.nan] * (len(close) - len(accepted))])
    ones, none = np.ones(len(close)), np.full(len(close), np.nan)
    row = len(accepted) - 1
    return Series(
        prices, prices, prices, prices, ones, none, ones, None, anchor=(row, known[row]), accepted=known
    )


def test_a_unit_that_changed_for_good_and_is_known_restates_nothing_when_it_comes_again():
    """The newest known closes make the older ones look wrong, which are delivered as they are known."""
    assert restated.find(series([*OLD, *NEW, 2000.0], [*OLD, *NEW])) == []


def test_older_closes_in_the_new_unit_restate_those_that_are_known():
    found = restated.find(series([*np.multiply(OLD, 50), *NEW, 2000.0], [*OLD, *NEW]))
    assert {fault.row for fault in found} == {*range(len(OLD)), len(OLD) + len(NEW)}
