"""What every volatility estimator and every signal promises. A new file is covered by lying in its folder."""

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import numpy as np
import pytest

import quant.signals
import quant.volatility
from quant.market.adjust import build
from quant.plugins import discover
from quant.signals import Reading

ESTIMATORS = discover(quant.volatility)
SIGNALS = discover(quant.signals)
SYMBOLS = ("PLAIN", "PAYER", "SPLIT", "GAPS", "CRASH")
BARS = ("open", "high", "low", "close", "volume")
SESSIONS = 840
STEPS = 60

every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
every_signal = pytest.mark.parametrize("signal", SIGNALS.values(), ids=SIGNALS)
every_measure = pytest.mark.parametrize(
    "measure", [*ESTIMATORS.values(), *SIGNALS.values()], ids=[*ESTIMATORS, *SIGNALS]
)


def invented(seed=7):
    """As-traded bars and actions of `SYMBOLS`: a payer, a split, missing bars, a crash on the last day.

    Prices walk through a tenth of a day's variance over night and through the rest in steps by day; open,
    high, low and close are those of the walk. 1% a day in all.
    """
    random = np.random.default_rng(seed)
    shape = (SESSIONS, len(SYMBOLS))
    nights = random.normal(0, 0.01 * 0.1**0.5, shape)
    days = np.cumsum(random.normal(0, 0.01 * (0.9 / STEPS) ** 0.5, (STEPS, *shape)), axis=0)
    opens = 50 * np.exp(np.cumsum(nights + days[-1], axis=0) - days[-1])
    bars = {
        "open": opens,
        "high": opens * np.exp(np.maximum(days.max(axis=0), 0)),
        "low": opens * np.exp(np.minimum(days.min(axis=0), 0)),
        "close": opens * np.exp(days[-1]),
    }
    bars["close"][-1, 4] *= 0.9
    bars["low"][-1, 4] = min(bars["low"][-1, 4], bars["close"][-1, 4])
    gaps = random.choice(SESSIONS - 1, 40, replace=False)
    for prices in bars.values():
        prices[:-10, 2] *= 3
        prices[gaps, 3] = np.nan
    splits, cash = np.ones(shape), np.zeros(shape)
    cash[20::60, 1] = 0.5
    splits[-10, 2] = 3.0
    volume = np.where(np.isnan(bars["close"]), np.nan, 1e6)
    return {**bars, "volume": volume, "splits": splits, "distributions": cash}


def panel_of(series, symbols=SYMBOLS):
    count = len(series["close"])
    sessions = np.busday_offset(np.datetime64("2020-01-01"), np.arange(count), roll="forward")
    return build(sessions, symbols, **series)


@pytest.fixture
def panel():
    return panel_of(invented())


def answers(measure, panel):
    """The numbers of an estimator, or the readings of a signal, one per symbol."""
    parameters = measure.Parameters()
    if hasattr(measure, "annualised"):
        values = measure.annualised(panel, parameters)
        return [Reading(symbol, value) for symbol, value in zip(panel.symbols, values, strict=True)]
    return measure.compute(panel, parameters)


def assert_same(first, second, rtol=0.0):
    assert [reading.symbol for reading in first] == [reading.symbol for reading in second]
    assert [reading.action for reading in first] == [reading.action for reading in second]
    assert [reading.alert and reading.alert.severity for reading in first] == [
        reading.alert and reading.alert.severity for reading in second
    ]
    np.testing.assert_allclose(
        [reading.value for reading in first], [reading.value for reading in second], rtol=rtol, atol=0
    )


@pytest.mark.parametrize(("package", "found"), [(quant.volatility, ESTIMATORS), (quant.signals, SIGNALS)])
def test_discovery_finds_every_file(package, found):
    files = {path.stem for path in Path(package.__path__[0]).glob("[!_]*.py")}
    assert files
    assert set(found) == files


@every_measure
def test_parameters_are_frozen_and_typed_with_defaults(measure):
    parameters = measure.Parameters()
    assert fields(parameters)
    for field in fields(parameters):
        assert field.type in (int, float, bool, str)
        assert type(getattr(parameters, field.name)) is field.type
    with pytest.raises(FrozenInstanceError):
        setattr(parameters, fields(parameters)[0].name, 1)


@every_measure
def test_the_history_it_needs_is_a_number_of_sessions(measure):
    lookback = measure.lookback(measure.Parameters())
    assert type(lookback) is int
    assert lookback > 0


@every_measure
def test_it_reads_no_more_than_that(measure, panel):
    tail = panel.tail(measure.lookback(measure.Parameters()))
    assert len(tail.sessions) < SESSIONS
    assert_same(answers(measure, panel), answers(measure, tail))


@every_estimator
def test_a_window_is_a_number_of_returns_or_none(estimator):
    window = estimator.window(estimator.Parameters())
    assert window is None or (type(window) is int and window >= 1)


@every_estimator
def test_a_volatility_is_a_positive_number_for_each_symbol(estimator, panel):
    volatility = estimator.annualised(panel, estimator.Parameters())
    assert volatility.shape == (len(SYMBOLS),)
    assert volatility.dtype == np.float64
    assert (volatility > 0).all()
    assert volatility[0] == pytest.approx(
        0.16, rel=0.5
    )  # the market that was invented: 1% a day is 16% a year


@every_signal
def test_a_signal_reads_each_symbol_in_order(signal, panel):
    readings = signal.compute(panel, signal.Parameters())
    assert [reading.symbol for reading in readings] == list(SYMBOLS)
    for reading in readings:
        assert type(reading.value) is float
        assert np.isfinite(reading.value)
        assert reading.action in ("Buy", "Sell", "Hold", None)


@every_signal
def test_an_alert_names_its_symbol_session_and_move(signal, panel):
    for reading in signal.compute(panel, signal.Parameters()):
        if reading.alert is not None:
            assert reading.alert.symbol == reading.symbol
            assert reading.alert.severity in ("info", "warning", "critical")
            assert reading.alert.at == str(panel.sessions[-1])
            assert np.isfinite(reading.alert.move)
            assert reading.alert.kind
            assert reading.alert.detail


@every_measure
@pytest.mark.parametrize("count", [1, 2])
def test_too_short_a_history_is_unknown(measure, panel, count):
    for reading in answers(measure, panel_of({name: values[:count] for name, values in invented().items()})):
        assert np.isnan(reading.value)
        assert reading.action is None
        assert reading.alert is None


@every_measure
def test_a_symbol_that_never_traded_is_unknown(measure):
    series = invented()
    for name in BARS:
        series[name][:, 0] = np.nan
    reading = answers(measure, panel_of(series))[0]
    assert np.isnan(reading.value)
    assert (reading.action, reading.alert) == (None, None)


@every_measure
@pytest.mark.parametrize("factor", [0.001, 7.3])
def test_the_unit_of_price_does_not_matter(measure, panel, factor):
    series = invented()
    scaled = {name: series[name] * factor for name in ("open", "high", "low", "close", "distributions")}
    assert_same(answers(measure, panel), answers(measure, panel_of(series | scaled)), rtol=1e-9)


@every_measure
def test_each_symbol_is_measured_alone(measure, panel):
    whole = answers(measure, panel)
    for column, symbol in enumerate(SYMBOLS):
        alone = {name: values[:, [column]] for name, values in invented().items()}
        assert_same(answers(measure, panel_of(alone, (symbol,))), whole[column : column + 1], rtol=1e-12)


@every_measure
def test_the_panel_is_left_as_it_was(measure, panel):
    answers(measure, panel)
    fresh = panel_of(invented())
    for name in (*BARS, "total", "traded", "sessions"):
        np.testing.assert_array_equal(getattr(panel, name), getattr(fresh, name))


@every_measure
def test_what_happens_later_does_not_matter(measure):
    """The rows after the cut lie in the same memory; other prices and actions there change nothing."""
    cut = SESSIONS - 20
    told, other = invented(), invented(seed=8)
    before = answers(measure, panel_of({name: values[:cut] for name, values in told.items()}))
    for name, values in told.items():
        values[cut:] = other[name][cut:] * 2
    assert_same(before, answers(measure, panel_of({name: values[:cut] for name, values in told.items()})))
    assert any(
        late.value != early.value
        for late, early in zip(answers(measure, panel_of(told)), before, strict=True)
    )
