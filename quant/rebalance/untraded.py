"""Why a symbol has no order: the one step from the policy to the order that left nothing, in words."""

from collections.abc import Sequence
from typing import get_args

import numpy as np

from quant.book.book import Book, Side
from quant.book.drift import Drift
from quant.book.holdings import Mask
from quant.market.panel import Floats
from quant.policy.policy import Policy
from quant.rebalance import pairs
from quant.rebalance.causes import Cause
from quant.rebalance.intent import Sized
from quant.rebalance.triggering import Verdict
from quant.trading.limit_prices import limit_price
from quant.trading.sizing import whole_lots

NOTHING = 1e-9
"""Shares that are none: what is left of a division."""
NO_LIMIT = "its limit price would be below the smallest tick"


def staying(verdict: Verdict, policy: Policy, row: Drift, cause: Cause | None) -> str:
    """Why the plan moves a symbol nowhere; `row` is its own drift, `cause` why it might have moved."""
    if not verdict.rebalance:
        return _idle(verdict, policy, row)
    trigger = cause.trigger if cause else ""
    if trigger == "cash_first":
        return "cash alone puts the portfolio right, and it went to symbols further from their targets"
    if trigger == "class_band":
        return "its class is put right without it"
    if row.breached and trigger == "funding":
        return f"its band is broken, which when = {policy.when!r} does not ask about"
    within = "" if row.breached else "it is within its band, and "
    return f"{within}nothing of it was needed to fund the other trades"


def _idle(verdict: Verdict, policy: Policy, row: Drift) -> str:
    """Why nothing at all moves."""
    for rule in verdict.rules:
        if rule.trigger == "cooldown" and rule.fired:
            return f"the cooldown keeps it back: {rule.rule}"
    if row.breached:
        return f"its band is broken, and when = {policy.when!r} is not met"
    return "it is within its band, and nothing else asked for a rebalance"


def reasons(
    book: Book, policy: Policy, movable: Mask, desired: Floats, sized: Sized, stays: Sequence[str]
) -> dict[str, str]:
    """The reason of each symbol without an order.

    `movable` is False for what cannot trade; `desired` is NaN for what stays, and `stays` then says why. All
    are aligned with the book's symbols; `sized` has one row. Amounts are at the close, in the portfolio's
    currency.
    """
    found, price = {}, book.price
    others = dict(pair for at in pairs.places(book) for pair in (at, at[::-1]))
    for i in np.flatnonzero(sized.quantity[0] == 0).tolist():
        other = others.get(i)
        if not price[i] > 0:
            why = "its price or its rate is missing"
        elif not movable[i] and _without_price(i, book, policy):
            why = NO_LIMIT
        elif not movable[i]:
            why = "a check holds it" if other is None else "a check holds its pair"
        elif np.isnan(desired[i]):
            if other is None or np.isnan(desired[other]):
                why = stays[i]
            else:
                trades = "trades" if sized.quantity[0, other] else "would trade"
                why = f"{book.symbols[other]}, the other of its pair, {trades} for both"
        elif abs(sized.wanted[0, i]) <= NOTHING:
            why = "it stands where it should"
        else:
            why = _lost(i, float(price[i]), policy, sized)
        found[book.symbols[i]] = why
    return found


def _without_price(i: int, book: Book, policy: Policy) -> bool:
    """Whether the ticks that a symbol states have no limit price near its close."""
    ticks = book.ticks.get(book.symbols[i])
    close, offset = float(book.close[i]), policy.limit_offset
    return ticks is not None and not all(limit_price(side, close, offset, ticks) for side in get_args(Side))


def _lost(i: int, price: float, policy: Policy, sized: Sized) -> str:
    """Which step left nothing of what was wanted."""
    wanted, listed, permitted = (float(step[0, i]) for step in (sized.wanted, sized.listed, sized.permitted))
    text = f"{_order(wanted, price)} was wanted"
    if listed == 0:
        return f"{text}; it stands on {'do_not_buy' if wanted > 0 else 'do_not_sell'}"
    if abs(permitted) < abs(listed) * (1 - NOTHING):
        left = _order(permitted, price) if abs(permitted) > NOTHING else "0"
        text += f"; turnover_cap = {policy.turnover_cap:g} left {left}"
        if left == "0":
            return text
    if sized.limits[0, i] == 0:
        return f"{text}; {NO_LIMIT}"
    if sized.lots[0, i] != 0:
        return f"{text}{_below(i, permitted, price, policy, sized)}"
    return f"{text}{_rounded(permitted, policy, float(sized.factor[0]))}"


def _below(i: int, permitted: float, price: float, policy: Policy, sized: Sized) -> str:
    """What is below the minimum trade, and how it became so small."""
    lots = float(sized.lots[0, i])
    done = f", of which {_order(lots, price)} could be done" if abs(lots) < abs(permitted) * 0.9995 else ""
    return f"{done}; that is below the minimum trade of {policy.min_trade:,.2f}"


def _rounded(permitted: float, policy: Policy, factor: float) -> str:
    """What is less than a lot, before or after the cash was shared."""
    some = "0 shares" if policy.lot_size else "less than 0.000001 of a share"
    lots = f"0 lots of {policy.lot_size}" if policy.lot_size > 1 else some
    if permitted < 0 or whole_lots(np.array([permitted]), policy.lot_size)[0] == 0:
        return f", which rounds to {lots}"
    if factor == 0:
        return "; no cash was left for buys"
    return f"; the cash for all buys covers {factor:.1%} of it, which rounds to {lots}"


def _order(shares: float, price: float) -> str:
    """E.g. "a buy of 3.25 shares (1,204.50)"."""
    size = f"{abs(shares):,.2f}".rstrip("0").rstrip(".") if abs(shares) >= 0.005 else f"{abs(shares):.2g}"
    unit = "share" if size == "1" else "shares"
    return f"a {'buy' if shares > 0 else 'sell'} of {size} {unit} ({abs(shares) * price:,.2f})"
