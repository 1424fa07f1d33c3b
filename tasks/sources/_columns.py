"""Which column of a file is which: Ballast's own names, and those of the vendors whose files people keep."""

import re
from collections.abc import Sequence
from pathlib import Path

from quant.errors import InputError
from warehouse.tables.batches import Interval

REQUIRED = ("open", "high", "low", "close", "volume")
OPTIONAL = ("dividend", "capital_gain", "split", "adj_close")
YAHOO = {
    "datetime": "date", "dividends": "dividend", "capitalgains": "capital_gain", "stocksplits": "split",
}  # fmt: skip
"""What yfinance calls the columns of one symbol's history."""
TIINGO = {"divcash": "dividend", "splitfactor": "split"}
"""What Tiingo calls its own: cash per share and new shares for one old share, on the ex-date, as traded."""
REPEATED = {"adjopen", "adjhigh", "adjlow", "adjvolume"}
"""Tiingo's other adjusted columns say what adjClose says already."""
LAYOUT = (
    "required are symbol (or the file's name), session (or date), open, high, low, close and volume, "
    "optional are dividend, capital_gain, split and adj_close"
)
ACTION = re.compile(
    r"split|dividend|distribut|adjust|payout|coefficient|capgain|capitalgain|corporateaction|adj$|ajex|cfac|facpr|facshr"
)
ACTION_WORD = re.compile(r"div(?!is|er|id)\w*|adj(?!ac)\w*|gains?|bonus|\w*factors?|\w*ratios?")


def known_columns(path: Path, own_names: Sequence[str], interval: Interval = "1d") -> dict[str, str]:
    """Ballast's names → the file's; case, spaces and underscores don't matter, other columns are ignored.

    Where a file has a column of sessions and one of instants, minute bars are read by their instants.
    """
    spelled = {name.replace("_", ""): name for name in ("symbol", "session", "date", *REQUIRED, *OPTIONAL)}
    spelled |= YAHOO | TIINGO | {"instant": "date"}  # what a minute bar has for a session
    columns: dict[str, str] = {}
    for own in own_names:
        name = spelled.get(plain(own))
        if name in columns:
            raise InputError(f"{path} has two columns for {name} ({columns[name]!r} and {own!r}): keep one")
        if name:
            columns[name] = own
    day = columns.pop("date", None)
    if day is not None and (interval == "1m" or "session" not in columns):
        columns["session"] = day
    return columns


def refuse_unknown_actions(path: Path, own_names: Sequence[str], columns: dict[str, str]) -> None:
    """Refuse columns that would be passed over, where their names say that they change what prices mean.

    Raises:
        InputError: with all of them.
    """
    others = [own for own in own_names if own not in columns.values() and plain(own) not in REPEATED]
    unknown = [own for own in others if _is_action(own)]
    if unknown:
        raise InputError(
            f"{path} has the column {', '.join(repr(own) for own in unknown)}, which seems to hold splits, "
            "payouts or adjustments, under a name that is not known: name it split (new shares for one old "
            "share, 4 for 4:1), dividend or capital_gain (cash per share of the ex-date) or adj_close, or "
            "take it out"
        )


def _is_action(own: str) -> bool:
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", own)
    return bool(ACTION.search(plain(own))) or any(ACTION_WORD.fullmatch(word.lower()) for word in words)


def plain(name: str) -> str:
    """A column's name without case, spaces and underscores."""
    return name.strip().casefold().replace(" ", "").replace("_", "")
