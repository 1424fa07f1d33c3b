"""What a policy lets trade of what it wants: the do-not lists and the turnover cap."""

import numpy as np

from quant.book.book import Book
from quant.book.holdings import Holdings
from quant.market.panel import Floats
from quant.policy.policy import Policy
from quant.rebalance.cash_first import levelled


def listed(wanted: Floats, book: Book, policy: Policy) -> Floats:
    """The signed quantities, in shares, that the do-not lists let stand of those `wanted`."""
    unsold = np.isin(book.symbols, policy.do_not_sell)
    unbought = np.isin(book.symbols, policy.do_not_buy)
    return np.where((unsold & (wanted < 0)) | (unbought & (wanted > 0)), 0.0, wanted)


def capped(allowed: Floats, holdings: Holdings, policy: Policy) -> Floats:
    """What the turnover cap lets stand of the `allowed` signed quantities, in shares, shape (rows, symbols).

    Neither has NaN. Beyond the cap the largest orders of a row come first, until those left undone are equal
    in currency; buys and sells keep their proportion, so that what is bought is still paid for by what is
    sold.
    """
    if policy.turnover_cap is None:
        return allowed
    price = np.nan_to_num(holdings.book.price)
    values = allowed * price
    total, most = np.abs(values).sum(axis=1), 2 * policy.turnover_cap * holdings.value
    beyond = total > most
    share = most / np.where(beyond, total, 1.0)
    buys, sells = (
        levelled(side, share * side.sum(axis=1)) for side in (np.maximum(values, 0), np.maximum(-values, 0))
    )
    fewer = np.divide(buys - sells, price, out=np.zeros_like(allowed), where=price > 0)
    return np.where(beyond[:, None], fewer, allowed)
