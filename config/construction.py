"""What is wrong with how trades are to be constructed: each mistake is one sentence."""

import difflib
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from config.holdings import OPTIONAL, Lot
from quant.errors import InputError
from quant.policy.policy import Costs, Policy, Target, Tax


def check_construction(
    path: Path,
    policy: Policy,
    tax: Tax | None,
    costs: Costs,
    targets: Sequence[Target],
    symbols: Sequence[str],
) -> None:
    """Refuse what the portfolio file `path` cannot mean; `symbols` are all that it knows.

    Raises:
        InputError: in one sentence, the first mistake.
    """
    of_targets = chain(_replacements(policy, targets), _harvest(tax, targets))
    for problem in chain(_optimised(policy, tax), _lists(policy, symbols), of_targets, _costs(costs)):
        raise InputError(f"{path}: {problem}")


def _optimised(policy: Policy, tax: Tax | None) -> Iterator[str]:
    if policy.construction == "simple":
        if policy.tracking_aversion is not None:
            yield (
                f"rebalance.tracking_aversion = {policy.tracking_aversion:g} has no effect with "
                "construction = 'simple'. Set construction = \"optimised\", or remove the key."
            )
        return
    shown = "rebalance.construction = 'optimised'"
    if policy.destination != "target":
        yield (
            f"{shown} finds itself how far to go, and destination = {policy.destination!r} contradicts it. "
            "Remove destination."
        )
    if policy.cash_first:
        yield f"{shown} weighs cash with everything else, and cash_first contradicts it. Remove cash_first."
    if tax is not None and tax.method != "minimum_tax":
        yield (
            f"{shown} sells the lots with the least tax, and tax.method = {tax.method!r} others. "
            'Set tax.method = "minimum_tax".'
        )


def _costs(costs: Costs) -> Iterator[str]:
    """A maximum of less than a basis point is a share by mistake: it would make every order free."""
    most = costs.commission_max
    if most is not None and most < 1:
        percent = f": {most:.3g} of it is {most * 10_000:.12g} basis points" if most else ""
        yield (
            f"costs.commission_max = {most:g} is in basis points of what an order is worth{percent}. "
            "Write 100.0 for 1%; without a maximum remove the key."
        )


def _lists(policy: Policy, symbols: Sequence[str]) -> Iterator[str]:
    for name in ("do_not_sell", "do_not_buy"):
        for symbol in getattr(policy, name):
            if symbol not in symbols:
                near = difflib.get_close_matches(symbol, symbols, 1, cutoff=0.0)
                yield (
                    f"rebalance.{name} names {symbol!r}, which is neither a target nor held; "
                    f"did you mean {near[0]!r}?"
                )


def _replacements(policy: Policy, targets: Sequence[Target]) -> Iterator[str]:
    """What is wrong with the symbols that may stand in for targets."""
    owners: dict[str, str] = {target.symbol: "a target itself" for target in targets}
    for target in targets:
        if target.replacement is None:
            continue
        shown = f"replacement = {target.replacement!r} of target {target.symbol!r}"
        if policy.construction == "optimised":
            yield f"{shown} is not weighed by the optimum. Set construction = 'simple', or remove it."
        if target.replacement in owners:
            yield (
                f"{shown} is {owners[target.replacement]}. Name a symbol of which nothing else is wanted: "
                "an ETF of a similar index."
            )
        owners[target.replacement] = f"the replacement of {target.symbol!r} already"


def _harvest(tax: Tax | None, targets: Sequence[Target]) -> Iterator[str]:
    """What is wrong with harvesting losses."""
    if tax is None:
        return
    if tax.harvest is None and tax.harvest_min is not None:
        yield (
            f"tax.harvest_min = {tax.harvest_min:g} has no effect without tax.harvest. "
            "Set harvest = 0.05, or remove the key."
        )
    if tax.harvest is not None and not any(target.replacement for target in targets):
        yield (
            f"tax.harvest = {tax.harvest:g} has no effect where no [[target]] has a replacement, "
            "which would be bought. Name one, or remove the key."
        )
    if tax.harvest is not None and tax.method not in {"hifo", "minimum_tax"}:
        yield (
            f"tax.harvest = {tax.harvest:g} sells the lots with the largest losses, and "
            f'tax.method = {tax.method!r} others. Set method = "hifo" or "minimum_tax".'
        )


def check_alone(path: Path, tax: Tax | None, targets: Sequence[Target]) -> None:
    """Refuse what is not worked out for each of many accounts.

    Raises:
        InputError: the portfolio file `path`, which accounts follow, asks for it.
    """
    asked = {
        "a replacement": any(target.replacement for target in targets),
        "tax.wash_sales": tax is not None and tax.wash_sales is not None,
    }
    for name in (name for name, given in asked.items() if given):
        raise InputError(
            f"{path}: {name} is not worked out for accounts. Remove it, or give each its own portfolio file."
        )


def check_taxable(path: Path, lots: Sequence[Lot]) -> None:
    """Refuse lots of the holdings file `path` whose gain cannot be known.

    Raises:
        InputError: a lot has no cost basis or no date.
    """
    for lot in lots:
        missing = [name for name in OPTIONAL if getattr(lot, name) is None]
        if lot.quantity and missing:
            raise InputError(
                f"{path}: a lot of {lot.symbol} has no {missing[0]}, which [tax] needs for the gain. "
                "Fill it in, or remove [tax] from the portfolio file."
            )
