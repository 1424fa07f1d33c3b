"""What a delivery was, and what it left beside bars and actions: a class for each table."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import ClassVar, Literal

from warehouse.tables.table import BatchRow

Interval = Literal["1d", "1m"]
"""What one bar is of: a session, or a minute."""

BAR_NAMES: dict[Interval, str] = {"1d": "daily bars", "1m": "minute bars"}
"""How they are called."""


@dataclass(frozen=True, slots=True)
class SymbolFailure:
    """Why a source has nothing of a symbol."""

    symbol: str
    kind: str
    error: str


@dataclass(frozen=True, slots=True)
class KeptFailure(SymbolFailure):
    """The same as a batch keeps it: `answer` is all that the source said, where that was not understood."""

    answer: str = ""

    def without_answer(self) -> SymbolFailure:
        """The failure without the whole answer, which is kept for a person to look at."""
        return SymbolFailure(self.symbol, self.kind, self.error)


@dataclass(frozen=True, slots=True)
class StoredBatch(BatchRow):
    """One fetch: what was asked, what came and what it changed; `held` says why none of it is known.

    Instants are UTC; `errors` is a JSON document, whose entries are the `failures`.
    """

    TABLE: ClassVar[str] = "batches"
    KEYS: ClassVar[tuple[str, ...]] = ()
    ORDER: ClassVar[str] = "batch_number(batch_id, $run_id)"
    batch_id: str
    source: str
    symbols: list[str]
    range_start: date | None
    range_end: date
    fetched_at: datetime
    digest: str
    rows_delivered: int
    rows_new: int
    rows_restated: int
    rows_quarantined: int
    errors: str
    held: str | None
    returns: str
    illustration: str | None
    known_from: datetime | None
    interval: Interval

    @property
    def failures(self) -> list[KeptFailure]:
        """The symbols of which nothing came, each with the reason."""
        return [KeptFailure(**one) for one in json.loads(self.errors)]


def as_errors(failures: Iterable[KeptFailure]) -> str:
    """Failures as the column `errors` keeps them."""
    return json.dumps([asdict(one) for one in failures])


@dataclass(frozen=True, slots=True)
class Rejected(BatchRow):
    """A rule that a row broke; a row of `table_name` "bars" has prices and volume, one of "actions" a kind.

    `proposed` is a JSON document: the certain repair, value by field.
    """

    TABLE: ClassVar[str] = "quarantine"
    ORDER: ClassVar[str] = "session, symbol, rule"
    source: str
    table_name: str
    symbol: str | None
    session: date | None
    rule: str
    words: str | None
    value: float | None
    open: float | None
    high: float | None
    low: float | None
    close: float | None
    volume: float | None
    kind: str | None
    amount: float | None
    derived: bool | None
    proposed: str | None

    @property
    def repair(self) -> dict[str, float] | None:
        """The value that would be right for each wrong field; None where no repair is certain."""
        found: dict[str, float] | None = json.loads(self.proposed) if self.proposed else None
        return found


@dataclass(frozen=True, slots=True)
class Repaired(BatchRow):
    """A value that was put right before it was stored: as it came, and as it is used."""

    TABLE: ClassVar[str] = "repairs"
    ORDER: ClassVar[str] = "session desc, symbol, field"
    source: str
    table_name: str
    symbol: str
    session: date
    kind: str
    field: str
    original: float | None
    repaired: float


@dataclass(frozen=True, slots=True)
class Difference(BatchRow):
    """A session on which the vendor's adjusted close differs from ours, and what of."""

    TABLE: ClassVar[str] = "differences"
    ORDER: ClassVar[str] = "session desc, symbol, kind"
    source: str
    symbol: str
    session: date
    kind: str
    value: float | None
