"""How a portfolio has done over a stretch, in figures."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

import numpy as np

from quant.market.panel import Days, Floats
from quant.performance.measures import Drawdown, measure
from quant.performance.money_weighted import internal_rate
from quant.performance.relative import against
from tasks.performance.attributed import Attribution
from tasks.performance.model import Against, Day, Fall, Month, Performance, Series, To
from tasks.performance.rebalanced import rebalancing
from tasks.performance.stretch import Stretch

YEAR = 365
"""Days from which on a return is given a year: of less it would say what never happened (GIPS 2020)."""
DAYS_OF_A_YEAR = 365.25


@dataclass(frozen=True)
class Others:
    """What a portfolio is compared with: growth of one unit (days,), by name, and why one is not known."""

    growth: dict[To, Floats] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


def others(known: Stretch, attribution: Attribution) -> Others:
    """The benchmark and the strategic weights, as far as there are prices."""
    growth: dict[To, Floats] = {}
    said = []
    symbol = known.portfolio.benchmark
    if symbol is not None:
        worth = known.worth([symbol])[:, 0]
        if np.isfinite(worth).all():
            growth["benchmark"] = worth / worth[0]
        else:
            said.append(f"The benchmark {symbol} has no price on {known.days[np.isnan(worth)][0]}.")
    if attribution.missing:
        missing = ", ".join(attribution.missing)
        said.append(f"No attribution: no prices of {missing} are stored for all of the time.")
    else:
        growth["strategic"] = np.cumprod([1.0, *(1 + attribution.strategic)])
    return Others(growth, tuple(said))


def measured(known: Stretch, attribution: Attribution, beside: Others) -> Performance:
    """Everything that is known of a stretch, against what it is compared with."""
    days, index = known.days, known.index
    whole, annual = _whole(days), (days[-1] - days[0]).astype(int) >= YEAR
    own, mwr = measure(index, days), _money_weighted(known)
    symbol = known.portfolio.benchmark
    series = {
        name: _series(growth, days, None if name == "strategic" else symbol)
        for name, growth in beside.growth.items()
    }
    compared = {name: _against(name, index, growth, days) for name, growth in beside.growth.items()}
    market = compared.get("benchmark")
    rows, left = ([], None) if attribution.missing else attribution.rows()
    bench = beside.growth.get("benchmark", np.full(len(days), np.nan))
    return Performance(
        portfolio=known.run.portfolio,
        currency=known.portfolio.currency,
        start=known.rows[0].session,
        end=known.rows[-1].session,
        sessions=len(known.sessions),
        recorded=len(days),
        begin_value=known.values[0],
        end_value=known.values[-1],
        flows=float(np.maximum(known.flows, 0).sum()),
        went=float(np.maximum(-known.flows, 0).sum()),
        twr=own.total,
        mwr=mwr,
        cagr=own.annual if annual else None,
        mwr_annual=(1 + mwr) ** (1 / whole) - 1 if annual else None,
        volatility=own.volatility,
        sharpe=own.sharpe,
        max_drawdown=_fall(own.drawdown),
        benchmark=series.get("benchmark"),
        same_policy=series.get("same_policy"),
        strategic=series.get("strategic"),
        active=market.active if market else None,
        tracking_error=market.tracking_error if market else None,
        information_ratio=market.information_ratio if market else None,
        up_capture=market.up_capture if market else None,
        down_capture=market.down_capture if market else None,
        against=[*compared.values()],
        months=[*_months(index, bench, days)],
        attribution=rows,
        unattributed=left,
        rebalancing=rebalancing(known),
        days=[
            Day(session=row.session, portfolio=own, benchmark=other)
            for row, own, other in zip(known.rows, index.tolist(), bench.tolist(), strict=True)
        ],
        notes=[*_notes(known), *beside.unknown],
    )


def _whole(days: Days) -> float:
    """Years."""
    return float((days[-1] - days[0]).astype(int)) / DAYS_OF_A_YEAR


def _series(growth: Floats, days: Days, symbol: str | None) -> Series:
    found, annual = measure(growth, days), (days[-1] - days[0]).astype(int) >= YEAR
    return Series(
        symbol=symbol,
        return_=found.total,
        cagr=found.annual if annual else None,
        volatility=found.volatility,
        sharpe=found.sharpe,
        max_drawdown=_fall(found.drawdown),
    )


def _against(to: To, index: Floats, growth: Floats, days: Days) -> Against:
    found = asdict(against(index, growth, days))
    return Against(to=to, **{**found, "active": float(index[-1] - growth[-1])})


def _fall(found: Drawdown) -> Fall:
    return Fall(value=found.depth, from_=found.peak, to=found.trough, recovered=found.recovered)


def _money_weighted(known: Stretch) -> float:
    """A flow counts from the close before, as it does in the time-weighted return; in the middle of several
    sessions where it is not known on which it came.
    """
    place = (known.days - known.days[0]).astype(float)
    start = place[:-1] + np.where(known.grown.estimated[1:], np.diff(place) / 2, 0.0)
    came = known.flows[1:] != 0
    return internal_rate(
        float(known.values[0]), float(known.values[-1]), known.flows[1:][came], (start / place[-1])[came]
    )


def _months(index: Floats, bench: Floats, days: Days) -> Iterator[Month]:
    months = days.astype("datetime64[M]")
    before = 0
    for month in np.unique(months):
        last = int(np.flatnonzero(months == month)[-1])
        if last > before:
            yield Month(
                month=str(month),
                portfolio=index[last] / index[before] - 1,
                benchmark=bench[last] / bench[before] - 1,
            )
        before = last


def _notes(known: Stretch) -> Iterator[str]:
    lacking = len(known.sessions) - len(known.days)
    if lacking:
        yield (
            f"{lacking} of {len(known.sessions)} sessions have no recorded value: each step from one to the "
            "next counts as a day in volatility, tracking error and capture."
        )
    if estimated := int(known.grown.estimated.sum()):
        yield (
            f"{estimated} flow(s) came within several sessions without a run: they count from the middle of "
            "them (Dietz)."
        )
    if not np.isfinite(known.index[-1]):
        yield "Nothing was left to grow on some day: there is no time-weighted return."
