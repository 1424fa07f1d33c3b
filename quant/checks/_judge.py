"""How a check turns a number and its limit into a finding."""

from dataclasses import replace
from math import isnan

from quant.checks import Finding, Status

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
    because = f"{check}: {what} is {value:{shown}}, above the limit of {limit:{shown}}"
    within = value <= limit + TOLERANCE
    return _judged(Finding(check, scope, value, limit, "unknown", rule, holds, because), within)


def at_least(
    check: str,
    scope: str,
    what: str,
    value: float,
    limit: float,
    *,
    holds: frozenset[str],
    shown: str = ".2%",
) -> Finding:
    """`value` against a lower limit; all as in `at_most`."""
    rule = f"{what} is at least {limit:{shown}}"
    because = f"{check}: {what} is {value:{shown}}, below the limit of {limit:{shown}}"
    within = value >= limit - TOLERANCE
    return _judged(Finding(check, scope, value, limit, "unknown", rule, holds, because), within)


def _judged(finding: Finding, within: bool) -> Finding:
    """The finding with its status, and with holds and a reason where it blocks only."""
    if not isnan(finding.value) and not within and finding.holds:
        return replace(finding, status="block")
    status: Status = "unknown" if isnan(finding.value) else "pass" if within else "warn"
    return replace(finding, status=status, holds=frozenset(), because="")
