"""Pydantic's verdict on a portfolio file as one sentence that names the key, the value and the remedy."""

import difflib
from collections.abc import Callable
from contextlib import suppress
from math import isfinite
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.instruments import TICK_FORMS
from config.people import FORMS
from quant.errors import InputError
from quant.policy.policy import SYMBOL_ALLOWED

SYMBOL_LISTS = frozenset({"restricted", "do_not_sell", "do_not_buy"})
LISTS = dict.fromkeys(SYMBOL_LISTS, '["SPY"]') | {
    "fallback": '["tiingo"]',
    "tick": "[{ below = 1, size = 0.0001 }, { size = 0.01 }], or one number",
    "to": '["desk@example.org"]',
    "may": '["approve", "override", "silence"]',
    "equal": '["portfolio", "session"]',
    "source": '["market_wide"], or one name',
    "target": '["flash_crash", "range_shock"], or one name',
    "portfolio": '["core"], or one name',
    "channel": '["#desk"], or one name',
}
"""Keys whose value is a list, each with an example."""
ONE_EACH = ("rebalance", "risk", "costs", "tax", "allocation", "data", "slack")
"""The tables that stand once."""
ONE_FOR_EACH = {
    "asset_class": "class",
    "calendar_override": "day",
    "channel": "channel",
    "person": "person",
    "flow": "flow",
    "route": "route",
    "inhibit": "rule",
}
SYMBOLS = frozenset({"symbol", "benchmark", "replacement"}) | SYMBOL_LISTS


MANY = 5
"""Mistakes that one sentence names."""


def refuse(
    path: Path,
    error: ValidationError,
    keys: Callable[[tuple[Any, ...]], list[str]],
    within: tuple[str | int, ...] = (),
) -> NoReturn:
    """Say what is wrong with a portfolio file; `keys` tells the known keys of the table at a location.

    `within` is where what was validated stands in the file; empty for the whole of it.

    Raises:
        InputError: always.
    """
    # Unknown keys before missing ones: the second is often the first, misspelt.
    placed = [one | {"loc": (*within, *one["loc"])} for one in error.errors()]
    found = sorted(placed, key=lambda one: one["type"] != "extra_forbidden")
    strange = {one["loc"][:-1] for one in found if one["type"] == "extra_forbidden"}
    first_of = {_keys_to(one): one for one in reversed(found)}  # a value of several forms is refused once
    found = list(reversed(first_of.values()))
    inner = {one["loc"][:depth] for one in found for depth in range(1, len(one["loc"]))}
    mistakes = [
        one for one in found
        if one["loc"] not in inner  # what is wrong with a whole table follows from what is wrong in it
        and (one["type"] != "missing" or one["loc"][:-1] not in strange)
    ]  # fmt: skip
    sentences = [_sentence(one, keys) for one in mistakes[:MANY]]
    if len(mistakes) > MANY:
        sentences.append(f"{len(mistakes) - MANY} more mistakes follow.")
    raise InputError(f"{path}: {' '.join(sentences)}") from None


def _sentence(one: ErrorDetails, keys: Callable[[tuple[Any, ...]], list[str]]) -> str:
    # People count the tables of a list from 1.
    parts = [f" #{part + 1}" if isinstance(part, int) else f".{part}" for part in _keys_to(one)]
    where = "".join(parts).removeprefix(".")
    if one["type"] == "extra_forbidden":
        return _unknown(where, one["loc"], keys)
    if one["type"] == "missing":
        return f"the key {where!r} is missing. Add it."
    allowed = _allowed(one)
    return f"{where} = {one['input']!r}: {allowed}" + ("" if allowed.endswith("?") else ".")


def _keys_to(one: ErrorDetails) -> tuple[Any, ...]:
    """Where a value stands; which form of a tick was read is no key of people's."""
    return tuple(part for part in one["loc"] if part not in TICK_FORMS)


def _unknown(where: str, loc: tuple[Any, ...], keys: Callable[[tuple[Any, ...]], list[str]]) -> str:
    """An unknown key: one of another table, which stands in the wrong place, or a misspelt one."""
    key = str(loc[-1])
    if len(loc) > 1 and key in keys(()):
        table = f"[[{loc[0]}]]" if isinstance(loc[1], int) else f"[{loc[0]}]"
        return f"unknown key {where!r}: {key!r} belongs to the portfolio itself. Move it above {table}."
    home = next((table for table in ONE_EACH if key in keys((table,)) and table != loc[0]), None)
    if home:
        return f"unknown key {where!r}: {key!r} belongs below [{home}]. Move it there."
    near = difflib.get_close_matches(key, keys(loc[:-1]), 1, cutoff=0.0)
    return f"unknown key {where!r}; the nearest known key is {near[0]!r}."


def _percent(one: ErrorDetails) -> str | None:
    """How a share is written that somebody wrote as a percentage; None for anything else."""
    value = one["input"]
    limit = one.get("ctx", {}).get("le", one.get("ctx", {}).get("lt"))
    if limit != 1 or isinstance(value, bool) or not isinstance(value, int | float) or not 1 < value <= 100:
        return None
    share = f"{value / 100:.4f}".rstrip("0")
    return f"a share of 1, not a percentage: write {share + '0' * (4 - len(share))} for {value:g}%"


def _quoted(one: ErrorDetails) -> str | None:
    """How a number, true or false is written that somebody put into quotes; None for anything else."""
    if one["type"] == "bool_type":
        return "write true or false, without quotes"
    if one["type"] not in {"float_type", "int_type"} or not isinstance(one["input"], str):
        return None
    text = one["input"].replace("_", "").strip()
    with suppress(ValueError):
        share = text.endswith("%")
        value = float(text.rstrip(" %")) / (100 if share else 1)
        if isfinite(value):
            return f"a number stands without quotes: write {value:.10g}" + (f" for {text}" if share else "")
    return "a number stands without quotes, as 1234.5"


def _form(one: ErrorDetails) -> str | None:
    """What a text must look like, in words; None where only the pattern says it."""
    if SYMBOLS & {*one["loc"]}:
        return f"a symbol has {SYMBOL_ALLOWED}"
    return FORMS.get(one.get("ctx", {}).get("pattern", ""))


def _allowed(first: ErrorDetails) -> str:
    """What a refused value should have been, in words of TOML."""
    if first["type"] == "string_pattern_mismatch" and (form := _form(first)):
        return form
    if first["type"] in {"tuple_type", "model_type"}:
        if first["loc"][0] in {"target", "instrument"} and "tick" not in first["loc"]:
            return f"write one [[{first['loc'][0]}]] table for each symbol"
        if first["loc"][1:2] == ("scenario",):
            return "write one [[risk.scenario]] table for each scenario"
        if first["loc"][0] in ONE_FOR_EACH and len(first["loc"]) <= 2:
            return f"write one [[{first['loc'][0]}]] table for each {ONE_FOR_EACH[str(first['loc'][0])]}"
        example = LISTS.get("tick" if "tick" in first["loc"] else str(first["loc"][-1]))
        return f"write a list such as {example}" if example else f"write a table, [{first['loc'][0]}]"
    return _percent(first) or _quoted(first) or first["msg"].removeprefix("Value error, ")
