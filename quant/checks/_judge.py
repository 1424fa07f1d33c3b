"""How a check turns a number and its limit into a finding."""

from math import isnan

from quant.checks import Finding

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
