"""Efficient prices of many names: Heston volatility, correlated, with jumps and a U-shaped day."""

from dataclasses import dataclass

import numpy as np

from quant.intraday.saved import Floats
from quant.intraday.seasonality import u_shape


@dataclass(frozen=True)
class Model:
    """Parameters of the market; rates and volatilities are daily fractions.

    Variance follows dv = `kappa` (θ - v) dt + `xi` √(θ v) dW with correlation `leverage` to the price (Heston
    1993), θ the square of each name's own `sigma`; names share `common` of their variance. Jumps come
    `jumps` times a day with a deviation of `jump_size` times the name's daily volatility (Merton 1976).
    `a`, `b` and `c` are those of the day's curve (`seasonality.u_shape`).
    """

    low_sigma: float = 0.008
    high_sigma: float = 0.045
    kappa: float = 0.1
    xi: float = 0.3
    leverage: float = -0.5
    common: float = 0.3
    jumps: float = 0.1
    jump_size: float = 0.8
    a: float = 0.75
    b: float = 0.25
    c: float = 0.88929198


def curve(minutes: int, model: Model) -> Floats:
    """The U of the day, shape (minutes,), mean square 1."""
    return u_shape(minutes, model.a, model.b, model.c)


def sigmas(names: int, model: Model) -> Floats:
    """Daily volatility of each name, evenly spread on a logarithmic scale."""
    return np.geomspace(model.low_sigma, model.high_sigma, names)


def session(
    variance: Floats, theta: Floats, minutes: int, model: Model, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Log returns of one session, shape (minutes, names), and the variances that it ends with.

    `variance` and `theta` are daily, shape (names,). Variance moves once every 10 minutes and never below a
    hundredth of θ.
    """
    names, step = len(variance), 10
    returns = np.empty((minutes, names))
    shape = curve(minutes, model)
    for start in range(0, minutes, step):
        count = min(step, minutes - start)
        own = random.standard_normal((count, names))
        shared = random.standard_normal((count, 1))
        shocks = np.sqrt(model.common) * shared + np.sqrt(1 - model.common) * own
        part = slice(start, start + count)
        returns[part] = shocks * shape[part, None] * np.sqrt(variance / minutes)
        passed = count / minutes
        drive = model.leverage * shocks.mean(axis=0) * np.sqrt(count)
        drive += np.sqrt(1 - model.leverage**2) * random.standard_normal(names)
        diffusion = model.xi * np.sqrt(theta * variance * passed) * drive
        moved = variance + model.kappa * (theta - variance) * passed + diffusion
        variance = np.maximum(moved, theta / 100)
    jumps = random.random((minutes, names)) < model.jumps / minutes
    sizes = random.standard_normal(int(jumps.sum())) * model.jump_size
    returns[jumps] += sizes * np.sqrt(np.broadcast_to(theta, (minutes, names))[jumps])
    return returns, variance
