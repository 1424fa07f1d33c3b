"""GARCH and GJR-GARCH of a day for many symbols, against arch called plainly on the same returns."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType

import numpy as np
from arch import arch_model

from benchmarks._market import weekdays
from benchmarks._sheet import Sheet
from benchmarks._timing import ratios, spread, table, take_turns
from quant import fits
from quant.market.adjust import build
from quant.market.panel import Floats, Panel
from quant.volatility import _arch, garch, gjr_garch

PAGE = "benchmarks.md"
MODELS = {"garch": (garch, 0), "gjr_garch": (gjr_garch, 1)}

ABOUT = """{count:,} symbols whose variance follows a GARCH(1,1), each with {sessions:,} sessions.

- *Fitted* is what the first run of a month does: the fit up to the end of the previous month, and the
  forecast.
- *Filtered* is what later runs of the month do: the forecast alone, from the month's fit.
- *Plainly* is `arch_model(returns, mean="Constant", o=o).fit()` on as many returns, and its `forecast()`.

Where both fit up to the same session they find the same volatility (compared in the run, within 1e-4
relative). Milliseconds per symbol: {each}."""


def measure(*, quick: bool) -> Sheet:
    """Both models over all symbols, three ways; what is fitted must be what arch finds."""
    count, rounds = (5, 1) if quick else (500, 3)
    panel = _market(count)
    _require_same(panel)
    cases = {
        f"{name}, {way}": partial(work, *model, panel)
        for name, model in MODELS.items()
        for way, work in (("plainly", _plainly), ("fitted", _fitted), ("filtered", _filtered))
    }
    timings = take_turns({name: _case(work) for name, work in cases.items()}, rounds)
    each = ", ".join(
        f"{name} {1000 * min(run.seconds for run in runs) / count:,.1f}" for name, runs in timings.items()
    )
    about = ABOUT.format(count=count, sessions=len(panel.sessions), each=each)
    said = [
        f"{name}: fitted takes {spread(ratios(timings, f'{name}, fitted', f'{name}, plainly'))} times as "
        f"long as plainly, filtered {spread(ratios(timings, f'{name}, filtered', f'{name}, plainly'))}."
        for name in MODELS
    ]
    return Sheet("GARCH of a day", [about, table(timings, "garch, plainly"), *said])


def _case(work: Callable[[], object]) -> Callable[[Path], object]:
    return lambda _: work()


def _market(count: int) -> Panel:
    """GARCH(1,1) closes: omega 0.02, alpha 0.08, beta 0.9, in percent."""
    random = np.random.default_rng(4)
    sessions = weekdays(_arch.lookback(_arch.Parameters()))
    shocks = random.standard_normal((len(sessions), count))
    returns = np.empty_like(shocks)
    variance = np.ones(count)
    for row, shock in enumerate(shocks):
        returns[row] = np.sqrt(variance) * shock
        variance = 0.02 + 0.08 * returns[row] ** 2 + 0.9 * variance
    closes = np.asarray(100 * np.cumprod(1 + returns / 100, axis=0), np.float64)
    bars = dict.fromkeys(("open", "high", "low", "close", "volume"), closes)
    none = np.zeros(closes.shape)
    names = tuple(f"S{number:04d}" for number in range(count))
    return build(sessions, names, **bars, splits=none + 1, distributions=none)


def _fitted(estimator: ModuleType, asymmetry: int, panel: Panel) -> Floats:
    fits.fit.cache_clear()
    return _filtered(estimator, asymmetry, panel)


def _filtered(estimator: ModuleType, asymmetry: int, panel: Panel) -> Floats:  # noqa: ARG001  as the others
    found: Floats = estimator.annualised(panel, _arch.Parameters())
    return found


def _plainly(estimator: ModuleType, asymmetry: int, panel: Panel) -> Floats:  # noqa: ARG001  as the others
    """arch on the last returns up to the session itself, as many as a daily run fits."""
    returns = 100 * (panel.total[1:] / panel.total[:-1] - 1)[-_arch.Parameters().sessions :]
    variances = []
    for column in returns.T:
        result = arch_model(column, mean="Constant", vol="GARCH", p=1, o=asymmetry, q=1).fit(disp="off")
        variances.append(result.forecast(horizon=1).variance.iloc[-1, 0])
    annual: Floats = np.sqrt(np.array(variances) * 252) / 100
    return annual


def _require_same(panel: Panel) -> None:
    few = panel.part(np.arange(len(panel.sessions)), panel.symbols[:5])
    through = _arch.Parameters(monthly=False)
    for estimator, asymmetry in MODELS.values():
        expected = _plainly(estimator, asymmetry, few)
        np.testing.assert_allclose(estimator.annualised(few, through), expected, rtol=1e-4)
