"""The fits of volatility models, by what determines them."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from warehouse.tables.table import Row


@dataclass(frozen=True, slots=True)
class StoredFit(Row):
    """A fit of a symbol's returns (`returns` is the SHA-256 of their bytes), or that there is none.

    `asymmetry` is the number of terms for losses alone; `made_with` the libraries and code, as JSON;
    `estimates` a JSON document, value by name.
    """

    TABLE: ClassVar[str] = "fits"
    symbol: str
    asymmetry: int
    returns: str
    made_with: str
    observations: int
    converged: bool
    estimates: str
    variance: float | None
    residual: float | None
    made_at: datetime
