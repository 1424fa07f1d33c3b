"""Signals, one file each, found by name (`quant.plugins.discover`). A signal never creates a trade by itself.

A signal file defines

- `Parameters`: a frozen dataclass whose fields have types and defaults;
- `lookback(parameters) -> int`: the sessions of prices that it needs; it reads no more, even of a longer
  panel;
- `compute(panel, parameters) -> list[Reading]`: one reading per symbol of the panel, in its order, for its
  last session.

tests/contract/test_measures.py covers every file here.
"""

from dataclasses import dataclass
from typing import Literal

Action = Literal["Buy", "Sell", "Hold"]
Severity = Literal["info", "warning", "critical"]


@dataclass(frozen=True)
class Alert:
    """Something is breaking. `at` is the session (ISO date), `move` a fraction (-0.07 is a fall of 7%)."""

    kind: str
    symbol: str
    severity: Severity
    at: str
    move: float
    detail: str


@dataclass(frozen=True)
class Reading:
    """What a signal says of one symbol. `value` NaN: cannot be computed; `action` None: no opinion.

    `label` is what the value means in a word, where the signal has one.
    """

    symbol: str
    value: float
    action: Action | None = None
    alert: Alert | None = None
    label: str | None = None
