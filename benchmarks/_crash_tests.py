"""The statistical tests alone, without the second key: how often they speak, and of how many crashes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from benchmarks._crash_rates import YEAR, during
from benchmarks._crash_runs import MINUTES, MODEL
from benchmarks._sheet import Table
from quant.detectors import drift_burst, lee_mykland
from quant.intraday.saved import Floats
from quant.intraday.tape import Minute, Tape
from quant.simulation.bars import Vendor, deliver
from quant.simulation.crashes import Crash, planted
from quant.simulation.prices import curve, session, sigmas

CLEAN = Vendor(wrong=0.0, actions=0.0)
BOUNDS = (3.0, 4.0, 5.0, 7.0, 10.0)
OWN = drift_burst.Parameters()
VARIANTS = {f"variance of {OWN.lagged} minutes before": OWN, "as in the paper": replace(OWN, lagged=0)}


@dataclass(frozen=True)
class Alone:
    """By test, its lowest value: in each name and calm session, and in each crash of 5% in five minutes."""

    calm: Mapping[str, Floats]
    crashed: Mapping[str, Floats]


def alone(names: int, sessions: int, seed: int) -> Alone:
    """Both tests over a market; the last session has a crash in every name."""
    random, theta = np.random.default_rng(seed), sigmas(names, MODEL) ** 2
    variance, prices, tests = theta.copy(), np.full(names, 100.0), _Tests(names)
    calm = []
    for number in range(sessions + 1):
        returns, variance = session(variance, theta, MINUTES, MODEL, random)
        path, last = np.cumsum(returns, axis=0), number == sessions
        crashes = planted(names, MINUTES, 1, 0.05, random) if last else []
        for crash in crashes:
            path[:, crash.name] += crash.path(MINUTES)
        values = deliver(prices, path, np.sqrt(theta / MINUTES), CLEAN, random).minutes
        ones = np.ones(names, np.int64)
        tape = Tape.open(curve(MINUTES, MODEL), prices, np.sqrt(theta), ones, ones < 0)
        found = tests.run(tape, values)
        prices = prices * np.exp(path[-1])
        if number and not last:  # the first one only fills the memory
            calm.append({name: np.nanmin(table, axis=0) for name, table in found.items()})
    lowest = {name: np.concatenate([one[name] for one in calm]) for name in calm[0]}
    return Alone(lowest, {name: _during(table, crashes) for name, table in found.items()})


class _Tests:
    def __init__(self, names: int) -> None:
        self.jump = lee_mykland.begin(names, lee_mykland.Parameters())
        self.drift = {name: drift_burst.begin(names, one) for name, one in VARIANTS.items()}

    def run(self, tape: Tape, values: Floats) -> dict[str, Floats]:
        minutes = [self._minute(tape.advance(one)) for one in values]
        return {name: np.array([one[name] for one in minutes]) for name in minutes[0]}

    def _minute(self, minute: Minute) -> dict[str, Floats]:
        found = {"jump": lee_mykland.update(minute, self.jump, lee_mykland.Parameters()).value}
        for name, parameters in VARIANTS.items():
            found[name] = drift_burst.update(minute, self.drift[name], parameters).value
        return found


def _during(table: Floats, crashes: list[Crash]) -> Floats:
    return np.array([np.nanmin(table[during(crash), crash.name]) for crash in crashes])


def rates(found: Alone) -> Table:
    """Crossings in a symbol-year and share of crashes seen, by test and bound."""
    years = len(found.calm["jump"]) / YEAR
    bounds = [("jump", lee_mykland.critical_value(lee_mykland.Parameters()))]
    bounds += [(name, bound) for name in VARIANTS for bound in BOUNDS]
    rows = [
        (
            "Lee-Mykland" if name == "jump" else f"drift burst, {name}",
            f"{bound:.2f}",
            f"{np.sum(found.calm[name] < -bound) / years:.1f}",
            f"{np.mean(found.crashed[name] < -bound):.1%}",
        )
        for name, bound in bounds
    ]
    return Table(
        ("test", ">critical value", ">sessions with a crossing, a symbol-year", ">crashes seen"), rows
    )
