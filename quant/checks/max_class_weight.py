"""The weight of each asset class after the trades."""

from quant.checks import CheckContext, Measured
from quant.checks._judge import at_most

CHECK = "max_class_weight"
REFERENCE = "house"


def measure(context: CheckContext) -> list[Measured]:
    """One finding per class that is held after the trades or traded; only buying in it makes it worse."""
    limit, holdings = context.inputs.limits.max_class_weight, context.holdings
    if limit is None:
        return []
    weights, members = holdings.by_class(context.weights_after), holdings.membership != 0
    return [
        at_most(
            CHECK,
            f"class {name}",
            f"weight of the class {name} after the trades",
            weights[:, number],
            limit,
            holds=context.bought & members[:, number],
            present=(context.held_or_traded & members[:, number]).any(axis=1)[:, None],
        )
        for number, name in enumerate(holdings.book.members)
    ]
