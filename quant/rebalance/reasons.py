"""Why a trade is proposed, in one plain sentence for the portfolio manager."""

from quant.book.book import Side
from quant.book.drift import Drift
from quant.policy.policy import Policy
from quant.rebalance.causes import Cause

GENERAL = {
    "calendar": "a calendar rebalance is due",
    "total_drift": "the total drift is beyond its limit",
    "cash_flow": "cash is away from its buffer",
}
"""What a trigger of the whole portfolio says, after where the symbol stands."""


def reason(own: Drift, cause: Cause, side: Side, policy: Policy, capped: float, cash_factor: float) -> str:
    """One sentence: where the symbol stands (`own`), what breached, and what the order does.

    `capped` is the share of the wanted order that the turnover cap allows, and `cash_factor` that of all buys
    that the cash allows then, both 0..1.
    """
    cap = _cut(capped, f"turnover_cap = {policy.turnover_cap}")
    cash = _cut(cash_factor, "the cash there is") if side == "BUY" else ""
    return f"{cause.story or f'{_standing(own, cause)}: {_aim(own, cause, side, policy)}'}{cap}{cash}"


def _cut(share: float, by: str) -> str:
    """E.g. ", cut to 98.2% by the cash there is"; what would print as 100.0% is not worth a word."""
    return f", cut to {share:.1%} by {by}" if share < 0.9995 else ""


def _standing(own: Drift, cause: Cause) -> str:
    """Where the symbol stands, and what made it trade."""
    is_own = cause.breach is not None and (cause.breach.level, cause.breach.key) == (own.level, own.key)
    if cause.trigger == "no_target" and is_own:
        return f"{own.key} is {own.actual:.1%} and has no target"
    standing = against_target(cause.breach if is_own and cause.breach else own)
    if cause.trigger in GENERAL:
        return f"{standing}, and {GENERAL[cause.trigger]}"
    if cause.breach is None or is_own:
        return standing
    breach = f"{cause.breach.key} is {_points(cause.breach)}"
    if cause.trigger == "class_band":
        return f"{standing}; asset class {breach}"
    if own.breached:
        return standing
    return f"{own.key} is {own.actual:.1%} against a target of {own.target:.1%}; {breach}, so all rebalance"


def against_target(row: Drift) -> str:
    """E.g. "SPY is 66.2% against a target of 60.0%, 6.2 points over (band 5.0)"."""
    digits = _digits(row)
    return f"{row.key} is {row.actual:.{digits}%} against a target of {row.target:.{digits}%}, {_points(row)}"


def _points(row: Drift) -> str:
    """E.g. "6.2 points over (band 5.0)"."""
    digits = _digits(row)
    side = "over" if row.drift > 0 else "under"
    return f"{abs(row.drift) * 100:.{digits}f} points {side} (band {row.band * 100:.{digits}f})"


def _digits(row: Drift) -> int:
    """One decimal, unless it would print a breach as equal to its band."""
    return 2 if row.breached and abs(row.drift) - row.band < 0.0005 else 1


def _aim(own: Drift, cause: Cause, side: Side, policy: Policy) -> str:
    """What the order does, e.g. "sell to target"."""
    verb = "buy" if side == "BUY" else "sell"
    if cause.trigger == "funding":
        return (
            f"{verb} to pay for the purchases" if side == "SELL" else f"{verb} with the proceeds of the sales"
        )
    if cause.trigger == "cash_first":
        return f"{verb} with the cash there is" if side == "BUY" else f"{verb} for the cash that is missing"
    if policy.construction == "optimised":
        return f"{verb} to where tracking error, costs and taxes are least"
    if own.target == 0:
        return f"{verb} all of it"
    if policy.destination == "target":
        less_buffer = f" less the cash buffer of {policy.cash_buffer:.1%}" if policy.cash_buffer > 0 else ""
        return f"{verb} to target{less_buffer}"
    with_class = "with its class " if cause.trigger == "class_band" else ""
    return f"{verb} {with_class}{_whereto(policy)}"


def _whereto(policy: Policy) -> str:
    if policy.destination == "distance" and policy.distance is not None:
        return f"to {policy.distance * 100:g} points from target"
    return f"{'to' if policy.destination == 'edge' else 'halfway from target to'} the edge of the band"
