"""Signals are judged with all tries counted: planted skill is found, noise is not, no try is forgotten."""

from datetime import date
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from config import portfolio_file
from flows.terminal import digest
from quant.errors import InputError
from quant.signals import Reading
from tasks.backtest.question import Asked
from tasks.backtest.read import read
from tasks.evidence import history, judge
from tasks.evidence.document import document
from tasks.trials import register
from tests.tasks.backtest.markets import stored
from tests.tasks.desk import Desk, sessions

COUNT = 1500
SYMBOLS = ("AAA", "BBB", "CCC", "DDD", "EEE")
FIRST = sessions(640)[0]


def following() -> pd.DataFrame:
    """Five symbols; what each does goes on for one more session: a fifth of its last move, and noise."""
    random, days, frames = np.random.default_rng(6), sessions(COUNT), []
    for symbol in SYMBOLS:
        moves = random.normal(0.0, 0.01, COUNT)
        for day in range(2, COUNT):
            moves[day] += 0.35 * moves[day - 2]
        close = np.round(100 * np.exp(np.cumsum(moves)), 4)
        frames.append(pd.DataFrame({
            "symbol": symbol, "session": days, "open": close, "high": close * 1.001, "low": close * 0.999,
            "close": close, "volume": 1e6,
        }))  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def last_move(panel, parameters):
    moves = panel.total[-1] / panel.total[-2] - 1
    return [Reading(symbol, move) for symbol, move in zip(panel.symbols, moves.tolist(), strict=True)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("evidence"))
    file = desk.portfolio({}, dict.fromkeys(SYMBOLS, 0.2), name="five")
    return desk, file, stored(desk, following(), file)


@pytest.fixture
def planted(monkeypatch):
    """A signal that knows what goes on, beside two of the house."""
    file = ModuleType("planted")
    file.Parameters, file.compute = (lambda: None), last_move
    house = history.known()
    known = {"planted": file, "adaptive": house["adaptive"], "momentum": house["momentum"]}
    monkeypatch.setattr(judge, "known", lambda: known)
    monkeypatch.setattr(history, "known", lambda: known)
    return known


def test_planted_skill_is_found_and_every_try_is_counted(desk, planted):
    desk, file, source = desk
    asked = Asked(str(file), FIRST, source=source)
    found = judge.evidence(desk.context(), asked, "all")
    verdicts = {one.signal: one.verdict for one in found.signals}
    assert verdicts["planted"] == "helps"
    assert verdicts["momentum"] != "helps"
    (first,) = [one for one in found.signals if one.signal == "planted"]
    assert first.beats
    assert first.horizons[0].coefficient.low > 0.15
    assert first.deflated > 0.95
    assert found.family.spa < 0.05
    assert found.trials == 6

    again = judge.evidence(desk.context(), asked, "planted")
    assert [one.signal for one in again.signals] == ["planted"]
    assert again.trials == 6  # the same question on the same prices is no new try
    assert again.signals[0] == first
    later = Asked(str(file), sessions(630)[0], source=source)
    assert judge.evidence(desk.context(), later, "planted").trials == 12
    entries = desk.context().warehouse.read(register.listed)
    assert [one.said.count for one in entries] == [6, 6]
    text = digest.draw(document(found))
    assert text is not None


def test_too_few_days_are_no_verdict(desk, planted):
    desk, file, source = desk
    found = judge.evidence(desk.context(), Asked(str(file), sessions(300)[0], source=source), "planted")
    assert found.signals[0].verdict == "too little data"


def test_an_unknown_signal_is_refused_with_those_that_there_are(desk):
    desk, file, source = desk
    with pytest.raises(
        InputError, match=r"there is no signal 'magic': name one of adaptive, .*pairs, or all"
    ):
        judge.evidence(desk.context(), Asked(str(file), FIRST, source=source), "magic")


def test_the_variance_of_tries_is_that_of_all_together():
    """1, 2, 3 and 5, 7: the mean is 3.6 and the variance 4.64."""
    days = [date(2020, 1, 2), date(2020, 1, 3)]
    tries = [
        register.tried(what, "digest", days, np.array(values))
        for what, values in (("one", [1.0, 2.0, 3.0]), ("two", [5.0, 7.0]))
    ]
    found = register.counted(tries)
    assert (found.trials, found.variance) == (5, pytest.approx(np.var([1, 2, 3, 5, 7])))
    assert register.counted([]) == register.Count(0, 0.0)
    assert register.tried("none", "digest", days, np.array([np.nan])).count == 1


def test_what_comes_after_begins_a_session_later_and_has_ended(desk):
    desk, file, source = desk
    portfolio = portfolio_file.load(str(file), desk.home).model_copy(update={"lots": (), "cash": 0.0})
    market = read(desk.context(), portfolio, Asked(str(file), FIRST, source=source))
    found = history.later(market, 5)
    closes = following().pivot_table(index="session", columns="symbol", values="close").loc[FIRST:]
    expected = closes["BBB"].iloc[6] / closes["BBB"].iloc[1] - 1
    assert found[0, 1] == pytest.approx(expected)
    assert np.isnan(found[-6:]).all()
    assert not np.isnan(found[:-6]).any()
