"""What a policy lets trade of what it wants: the do-not lists and the turnover cap."""

import numpy as np

from quant.book.book import Book
from quant.market.panel import Floats
from quant.policy.policy import Policy
from quant.rebalance.cash_first import levelled


def listed(wanted: Floats, book: Book, policy: Policy) -> Floats:
    """The signed quantities, in shares, that the do-not lists let stand of those `wanted`."""
    unsold = np.isin(book.symbols, policy.do_not_sell)
    unbought = np.isin(book.symbols, policy.do_not_buy)
    return np.where((unsold & (wanted < 0)) | (unbought & (wanted > 0)), 0.0, wanted)


def capped(allowed: Floats, book: Book, policy: Policy) -> Floats:
    """What the turnover cap lets stand of the `allowed` signed quantities, in shares; neither has NaN.

    Beyond the cap the largest orders come first, until those left undone are equal in currency; buys and
    sells keep their proportion, so that what is bought is still paid for by what is sold.
    """
    price = np.nan_to_num(book.price)
    values = allowed * price
    total = float(np.abs(values).sum())
    if policy.turnover_cap is None or total <= 2 * policy.turnover_cap * book.value:
        return allowed
    share = 2 * policy.turnover_cap * book.value / total
    buys, sells = (
        levelled(side, share * float(side.sum())) for side in (np.maximum(values, 0), np.maximum(-values, 0))
    )
    return np.divide(buys - sells, price, out=np.zeros_like(allowed), where=price > 0)
