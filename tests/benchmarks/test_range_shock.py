"""The study of the range shock: what it counts, and that its picture is a picture."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from benchmarks import range_shock
from benchmarks._chart import Plot, Stem, draw
from benchmarks.range_shock import PARAMETERS, History
from quant.signals.range_shock import compute


def market(lows: dict[int, float]) -> History:
    """One fund that alternates between 100 and 101 for 80 sessions; `lows` are its lows by session."""
    close = np.where(np.arange(80) % 2 == 0, 100.0, 101.0)[:, None]
    low = close - 0.5
    for row, value in lows.items():
        low[row] = value
    bars = {"open": close, "high": close + 0.5, "low": low, "close": close, "volume": np.ones_like(close)}
    sessions = np.busday_offset("2024-01-01", np.arange(80)).astype("datetime64[D]")
    return History(sessions, ("FUND",), bars, np.zeros_like(close))


def test_only_the_sessions_that_fall_deep_enough_are_counted() -> None:
    # σ is about 1%: 3% below 101 is no shock, 4.9% is a warning (z about -4.9), 8% is critical at any z.
    history = market({40: 101 * 0.97, 50: 101 * 0.951, 60: 101 * 0.92})
    found = [(alert.at, alert.severity) for alert in range_shock._alerts(history)]
    assert found == [(str(history.sessions[50]), "warning"), (str(history.sessions[60]), "critical")]


def test_what_is_passed_over_would_not_have_alerted() -> None:
    history = range_shock._generated()
    every = [
        reading.alert
        for row in range(len(history.sessions))
        for reading in compute(history.panel(row), PARAMETERS)
        if reading.alert is not None
    ]
    assert every, "a market without an alert proves nothing"
    assert list(range_shock._alerts(history)) == every


def test_the_flash_crash_is_critical() -> None:
    (alert,) = range_shock._alerts(range_shock._index(), only=range_shock.CRASH)
    assert alert.severity == "critical"
    assert alert.move == pytest.approx(1065.79 / 1165.87 - 1, abs=1e-5)  # the index's published low and close


def test_rates_are_per_year() -> None:
    history = market({60: 101 * 0.92})
    table = range_shock._by_symbol(history, list(range_shock._alerts(history)))
    name, first, years, *counts = table.rows[0]
    assert (name, first, years) == ("FUND", "2024-01-01", "0.3")
    assert counts == ["0", "1", "0.00", f"{252 / 80:.2f}"]


def test_the_chart_is_svg_with_what_matters_on_top() -> None:
    stems = [Stem(0, -0.01), Stem(1, -0.08, "critical", close=-0.03), Stem(2, -0.02)]
    svg = ET.fromstring(draw([Plot("A < B", stems, [(1, "day")], -0.10)], [("critical", "#c1121f")]))
    lines = [path.get("stroke") for path in svg.iter("{http://www.w3.org/2000/svg}path")]
    assert lines[-1] == "#c1121f"
    assert "A < B" in [text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")]
