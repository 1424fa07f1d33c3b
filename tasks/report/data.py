"""What a run report says of its market data, and what every row of a report is."""

import math
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from tasks.snapshot.gaps import Beginning, Gap


def _null(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


Number = Annotated[float | None, BeforeValidator(_null)]
"""A number, unrounded; what is not finite becomes null."""


def _finite(row: object) -> object:
    """A row of the warehouse without numbers that are not finite."""
    if not is_dataclass(row) or isinstance(row, type):
        return row
    values = ((name, getattr(row, name)) for name in _names(type(row)))
    wrong = [name for name, value in values if isinstance(value, float) and not math.isfinite(value)]
    return replace(row, **dict.fromkeys(wrong)) if wrong else row


@cache
def _names(row: type["DataclassInstance"]) -> tuple[str, ...]:
    return tuple(one.name for one in fields(row))


T = TypeVar("T")
Stored = Annotated[T, BeforeValidator(_finite)]
"""A row as the warehouse has it; its numbers as a `Number`."""


class Row(BaseModel):
    model_config = ConfigDict(
        defer_build=True, frozen=True, extra="forbid", serialize_by_alias=True, validate_by_name=True
    )


class QuarantinedRow(Row):
    symbol: str
    session: str
    rule: str
    value: Number
    proposed: dict[str, float] | None = None  # the repair by field, where one is certain


class RepairedRow(Row):
    symbol: str
    session: str
    kind: str
    field: str
    original: Number
    repaired: float


class AdjustedRow(Row):
    """A session on which the vendor's adjusted close tells another action than the vendor's actions do."""

    symbol: str
    session: str
    kind: str
    value: Number


class AcceptedRow(Row):
    """A row that the data check rejected and a person accepted; `kind` tells an action from a bar."""

    symbol: str
    session: str
    kind: str | None
    by: str
    reason: str


class FetchError(Row):
    symbol: str
    kind: str
    error: str


class FxRow(Row):
    """The rate that a run used: `pair` GBPUSD is dollars for one pound; `session` is the rate's own."""

    pair: str
    rate: float
    session: str


class GapRow(Row):
    """Sessions of a symbol without a price, between two that have one; its exchange was open.

    `holds`: what depends on the symbol waits for them. `accepted` is why a person lets them be.
    """

    symbol: str
    first: str
    last: str
    sessions: int
    holds: bool
    accepted: str | None

    @classmethod
    def of(cls, gap: "Gap") -> "GapRow":
        """A gap, its days as text."""
        return cls(
            symbol=gap.symbol, first=str(gap.first), last=str(gap.last), sessions=gap.sessions,
            holds=gap.holds, accepted=gap.accepted,
        )  # fmt: skip


class BeginsRow(Row):
    """A symbol whose measurable history begins later than its prices; `session` is null where none does.

    "gap": too many sessions in a row are missing before it; "jump": the close behind a gap lies beyond the
    move bound; "sparse": too few of the sessions before it have a price.
    """

    symbol: str
    session: str | None
    reason: Literal["gap", "jump", "sparse"]

    @classmethod
    def of(cls, begun: "Beginning") -> "BeginsRow":
        """A beginning, its day as text."""
        return cls(symbol=begun.symbol, session=begun.session and str(begun.session), reason=begun.reason)


class EarlierRow(Row):
    """A symbol whose price is of an earlier session than the run's, and is right: no later one was due."""

    symbol: str
    session: str


class Data(Row):
    source: str
    rows_new: int
    rows_restated: int
    quarantined: list[QuarantinedRow]
    stale: list[str]
    errors: list[FetchError]
    illustration: str | None = None
    held: str | None = None  # why the first source's whole batch was refused
    served_by: dict[str, str] = {}  # symbol → source, where it is not the first one
    repaired: list[RepairedRow] = []
    adjusted_differs: list[AdjustedRow] = []
    accepted: list[AcceptedRow] = []  # of the session, in use as known
    fx: list[FxRow] = []
    gaps: list[GapRow] = []
    begins: list[BeginsRow] = []
    value_in_doubt: dict[str, str] = {}  # symbol or rate → why the value that rests on it may be wrong
    earlier: list[EarlierRow] = []
