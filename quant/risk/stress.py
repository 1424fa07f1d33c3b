"""The stress scenarios of a portfolio: those of quant/scenarios and its own."""

from collections.abc import Iterator, Sequence
from math import nan

import numpy as np

from quant.book.book import Book
from quant.market.panel import Floats
from quant.policy.definitions import NEWEST, Definitions, shocks
from quant.policy.policy import Scenario


def known(definitions: Definitions = NEWEST) -> dict[str, Scenario]:
    """The scenarios of the files, by name; those of the time of `definitions`."""
    found = shocks() if definitions.scenarios is None else definitions.scenarios
    return {name: Scenario(name=name, asset_class=moves) for name, moves in found.items()}


def limited(
    own: Sequence[Scenario], overall: float | None, definitions: Definitions = NEWEST
) -> Iterator[tuple[Scenario, float]]:
    """Each scenario that has a limit, with it: those of the files, then the others of a portfolio's `own`.

    One of its own with the name of a file's is the file's, with its own moves put over it.
    """
    found = known(definitions)
    for scenario in own:
        base = found.get(scenario.name, scenario).asset_class
        found[scenario.name] = scenario.model_copy(update={"asset_class": base | scenario.asset_class})
    for scenario in found.values():
        limit = overall if scenario.max_loss is None else scenario.max_loss
        if limit is not None:
            yield scenario, limit


def moves(book: Book, scenario: Scenario) -> Floats:
    """Each symbol's simple return in a scenario, its own or its class's, shape (symbols,); NaN: not known."""
    named = zip(book.symbols, book.asset_classes, strict=True)
    return np.array([scenario.symbol.get(one, scenario.asset_class.get(its, nan)) for one, its in named])


def loss(weights: Floats, shock: Floats) -> float:
    """-Σ weight × move as a share of value, loss positive, cash unmoved; NaN while a position has no move."""
    held = weights != 0
    return -float(weights[held] @ shock[held])
