"""What rebalancing itself has earned or cost: every fill against the same holdings left alone since."""

import numpy as np

from quant.market.panel import Floats
from quant.performance.rebalanced import earned
from quant.policy.policy import Tax
from tasks.orders.disallowed import replacements
from tasks.orders.entries import key
from tasks.orders.realised_gains import Realised, realised
from tasks.performance.model import Rebalancing
from tasks.performance.stretch import Stretch, booked
from tasks.snapshot.prices import prices


def rebalancing(known: Stretch) -> Rebalancing | None:
    """What the fills of a stretch have come to by its end; None where there is none."""
    if not known.fills:
        return None
    said = [one.said for one in known.fills]
    quantity = np.array([float(one.quantity) * (1 if one.side == "BUY" else -1) for one in said])
    paid = np.array([float(one.price) * one.fx for one in said])
    commission = np.array([float(one.commission) for one in said])
    done, tax = replacements(known.fills), known.portfolio.tax
    due = [
        0.0 if tax is None else sum(_due(lot, tax) for lot in realised(one.said, done.get(key(one), ())))
        for one in known.fills
    ]
    found = earned(quantity, _worth(known), paid, commission, np.array(due))
    return Rebalancing(
        fills=len(said), market=found.market, commission=found.commission,
        tax=None if tax is None else found.tax, net=found.net,
        share=found.net / float(known.values.mean()),
    )  # fmt: skip


def _worth(known: Stretch) -> Floats:
    """What one share of each fill has come to by the end, with what it was paid; NaN without a price."""
    symbols = tuple(dict.fromkeys(one.said.symbol for one in known.fills))
    days = known.market.days
    rows = np.searchsorted(known.market.panel.sessions, days)
    held = prices(known.market, symbols, rows)
    found = []
    for fill in known.fills:
        place = symbols.index(fill.said.symbol)
        at = max(int(np.searchsorted(days, np.datetime64(booked(fill)), side="right")) - 1, 0)
        later = slice(at + 1, None)
        paid = float(np.nansum(held.distribution[later, place] * held.fx[later, place]))
        end = float(held.close[-1, place] * held.fx[-1, place])
        found.append(float(held.later[at, place]) * (end + paid))
    return np.array(found)


def _due(lot: Realised, tax: Tax) -> float:
    """The tax on what a sale took of a lot, below 0 where its loss saves it; 0 where its gain is unknown."""
    if lot.gain is None:
        return 0.0
    rate = tax.long_rate if lot.term == "long" else tax.short_rate
    return rate * (lot.gain + lot.disallowed)
