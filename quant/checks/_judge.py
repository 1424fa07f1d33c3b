"""How a check turns a number and its limit into a finding."""

from collections.abc import Callable
from math import isnan

from quant.checks import Finding, Gate
from quant.exposure import actual_weights, raising, weights_after
from quant.panel import Floats

TOLERANCE = 1e-9  # a value that equals its limit up to this is within it


def at_most(
    check: str,
    scope: str,
    what: str,
    value: float,
    limit: float,
    *,
    holds: frozenset[str],
    shown: str = ".2%",
) -> Finding:
    """`value` against an upper limit: NaN is unknown; a breach blocks the trades that worsen it, or warns.

    `what` names the value in words and `shown` is its number format, as a person wants to read it.
    """
    rule = f"{what} is at most {limit:{shown}}"
    if isnan(value):
        return Finding(check, scope, value, limit, "unknown", rule)
    if value <= limit + TOLERANCE:
        return Finding(check, scope, value, limit, "pass", rule)
    if not holds:
        return Finding(check, scope, value, limit, "warn", rule)
    because = f"{check}: {what} is {value:{shown}}, above the limit of {limit:{shown}}"
    return Finding(check, scope, value, limit, "block", rule, holds, because)


def current(check: str, what: str, gate: Gate, measure: Callable[[Floats], float], limit: float) -> Finding:
    """`measure` of the current weights; it holds the trades that, each alone, raise it."""
    value = measure(actual_weights(gate.book))
    return at_most(check, "portfolio", what, value, limit, holds=raising(gate.book, gate.trades, measure))


def after_trades(
    check: str, what: str, gate: Gate, measure: Callable[[Floats], float], limit: float
) -> Finding:
    """`measure` of the weights after all trades; it holds the trades that, each alone, raise it."""
    value = measure(weights_after(gate.book, gate.trades))
    return at_most(check, "portfolio", what, value, limit, holds=raising(gate.book, gate.trades, measure))
