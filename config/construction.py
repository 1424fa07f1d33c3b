"""What is wrong with how trades are to be constructed: each mistake is one sentence."""

import difflib
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from config.holdings import OPTIONAL, Lot
from quant.errors import InputError
from quant.policy import Policy, Tax


def check_construction(path: Path, policy: Policy, tax: Tax | None, symbols: Sequence[str]) -> None:
    """Refuse what the portfolio file `path` cannot mean; `symbols` are its targets and holdings.

    Raises:
        InputError: in one sentence, the first mistake.
    """
    for problem in chain(_optimised(policy, tax), _lists(policy, symbols)):
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


def _lists(policy: Policy, symbols: Sequence[str]) -> Iterator[str]:
    for name in ("do_not_sell", "do_not_buy"):
        for symbol in getattr(policy, name):
            if symbol not in symbols:
                near = difflib.get_close_matches(symbol, symbols, 1, cutoff=0.0)
                yield (
                    f"rebalance.{name} names {symbol!r}, which is neither a target nor held; "
                    f"did you mean {near[0]!r}?"
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
                f"{path}: a lot of {lot.symbol} has no {missing[0]}, which [tax] needs to tell its gain. "
                "Fill it in, or remove [tax] from the portfolio file."
            )
