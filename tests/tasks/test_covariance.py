"""[risk] covariance: which estimator the reported volatility comes from."""

import numpy as np
import pytest

from tasks.record.replay import replay
from tasks.report.digest import digest
from tests.tasks.desk import market


def test_the_sample_covariance_is_reported_and_replayed(desk):
    frame = market(count=300)
    shrunk = desk.day(frame).risk
    report = desk.day(frame, desk.portfolio(tables='[risk]\ncovariance = "sample"\nmax_volatility = 0.5\n'))
    assert (shrunk.method, report.risk.method) == ("ledoit_wolf", "sample")
    closes = {symbol: rows["close"].to_numpy() for symbol, rows in frame.groupby("symbol")}
    weights = {"AAA": 0.7, "BBB": 0.2, "CCC": 0.05}
    moved = sum(weight * (closes[one][1:] / closes[one][:-1] - 1)[-252:] for one, weight in weights.items())
    assert report.risk.volatility == pytest.approx(np.std(moved, ddof=1) * np.sqrt(252))
    assert report.risk.volatility != pytest.approx(shrunk.volatility, rel=1e-9)
    [said] = [part.rows[0].text for part in digest(report).parts if part.name == "volatile"]
    assert said.endswith("(sample covariance).")
    assert replay(desk.context(), report.run_id).difference is None
