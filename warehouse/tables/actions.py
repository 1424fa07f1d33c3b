"""Splits and distributions as a source delivered them."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from warehouse.tables.table import Row


@dataclass(frozen=True, slots=True)
class Action(Row):
    """A split (`value` is its ratio) or a distribution (currency per as-traded share) on its ex-date.

    `derived`: only the vendor's adjusted closes tell it.
    """

    TABLE: ClassVar[str] = "actions"
    KEYS: ClassVar[tuple[str, ...]] = ("source", "symbol", "batch_id", "known_from", "known_to")
    ex_date: date
    kind: str
    value: float
    derived: bool
