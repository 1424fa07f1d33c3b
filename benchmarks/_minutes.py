"""A generated session of minute bars."""

import numpy as np

from quant.intraday.bars import CLOSE, LOW
from quant.intraday.saved import Floats
from quant.simulation.bars import Vendor, deliver
from quant.simulation.prices import Model, session, sigmas

MINUTES = 390
START = 100.0


def day(symbols: int) -> Floats:
    """A session as delivered, shape (minutes, 6, symbols); each symbol begins at 100."""
    random, model = np.random.default_rng(1), Model()
    theta = sigmas(symbols, model) ** 2
    returns, _ = session(theta, theta, MINUTES, model, random)
    usual = np.sqrt(theta / MINUTES)
    path = np.cumsum(returns, axis=0)
    vendor = Vendor(wrong=0.0, actions=0.0)
    return deliver(np.full(symbols, START), path, usual, vendor, random).minutes


def fell(day: Floats, minute: int, symbol: int, depth: float) -> None:
    """Let a symbol fall by a share within one minute, and stay there; in place."""
    day[minute + 1 :, :4, symbol] *= 1 - depth
    day[minute, [LOW, CLOSE], symbol] *= 1 - depth
