"""Each order as a share of the symbol's 20-session average daily volume."""

import numpy as np

from quant.checks import CheckContext, Measured
from quant.checks._orders import of_orders

CHECK = "max_adv"
REFERENCE = "SEC 15c3-5(c)(1)(ii)"


def measure(context: CheckContext) -> list[Measured]:
    """One finding per trade.

    Unknown without 20 volumes, and with an average of 0: vendors write 0 for a volume that they do not have.
    """
    limit, volume = context.inputs.limits.max_adv, context.inputs.evidence.average_volume
    if limit is None:
        return []
    share = np.abs(context.quantity) / np.where(volume > 0, volume, np.nan)
    return of_orders(
        CHECK,
        context,
        lambda symbol, _: f"the {symbol} order's share of its average daily volume",
        share,
        limit,
    )
