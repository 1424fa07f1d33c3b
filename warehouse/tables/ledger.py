"""The ledger: its entries, and where its chain ends."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from warehouse.tables.table import Row


@dataclass(frozen=True, slots=True)
class StoredEntry(Row):
    """An entry at its place `seq`; `payload` is a JSON document in the form that is hashed. `at` is UTC."""

    TABLE: ClassVar[str] = "ledger"
    seq: int
    at: datetime
    kind: str
    subject: str
    payload: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head(Row):
    """The last entry: the only row of its table, once there is one."""

    TABLE: ClassVar[str] = "ledger_head"
    seq: int
    hash: str
