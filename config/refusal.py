"""Pydantic's verdict on a portfolio file as one sentence that names the key, the value and the remedy."""

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.instruments import TICK_FORMS
from quant.errors import InputError
from quant.policy import SYMBOL_ALLOWED

SYMBOL_LISTS = frozenset({"restricted", "do_not_sell", "do_not_buy"})
LISTS = dict.fromkeys(SYMBOL_LISTS, '["SPY"]') | {
    "fallback": '["tiingo"]',
    "tick": "[{ below = 1, size = 0.0001 }, { size = 0.01 }], or one number",
}
"""Keys whose value is a list, each with an example."""
SYMBOLS = frozenset({"symbol", "benchmark", "replacement"}) | SYMBOL_LISTS


def refuse(path: Path, error: ValidationError, keys: Callable[[tuple[Any, ...]], list[str]]) -> NoReturn:
    """Say what is wrong with a portfolio file; `keys` tells the known keys of the table at a location.

    Raises:
        InputError: always.
    """
    # An unknown key before a missing one: the first is often the second, misspelt.
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    # People count the tables of a list from 1; which form of a tick was read is no key of theirs.
    keys_to = [part for part in first["loc"] if part not in TICK_FORMS]
    parts = [f" #{part + 1}" if isinstance(part, int) else f".{part}" for part in keys_to]
    where = "".join(parts).removeprefix(".")
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(first["loc"][-1]), keys(first["loc"][:-1]), 1, cutoff=0.0)
        raise InputError(f"{path}: unknown key {where!r}; the nearest known key is {near[0]!r}.") from None
    if first["type"] == "missing":
        raise InputError(f"{path}: the key {where!r} is missing. Add it.") from None
    raise InputError(f"{path}: {where} = {first['input']!r}: {_allowed(first)}.") from None


def _allowed(first: ErrorDetails) -> str:
    """What a refused value should have been, in words of TOML."""
    if first["type"] == "string_pattern_mismatch" and SYMBOLS & {*first["loc"]}:
        return f"a symbol has {SYMBOL_ALLOWED}"
    if first["type"] in {"tuple_type", "model_type"}:
        if first["loc"][0] in {"target", "instrument"} and "tick" not in first["loc"]:
            return f"write one [[{first['loc'][0]}]] table for each symbol"
        if first["loc"][1:2] == ("scenario",):
            return "write one [[risk.scenario]] table for each scenario"
        if first["loc"][0] == "asset_class":
            return "write one [[asset_class]] table for each class"
        example = LISTS.get("tick" if "tick" in first["loc"] else str(first["loc"][-1]))
        return f"write a list such as {example}" if example else f"write a table, [{first['loc'][0]}]"
    return first["msg"].removeprefix("Value error, ")
