"""What the ledger says of a run's orders: decided on, filled, cancelled, and ended with their run.

The subject of each entry is the run. Nothing is ever taken out of the ledger.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, PlainSerializer

from config.lot_rows import Exact
from config.replaced import Replaced
from quant.book.book import Side
from quant.trading.lots import Term
from warehouse.record.entered import Acted, Entered, Said, entered
from warehouse.record.ledger import Entry

Money = Annotated[Decimal, PlainSerializer(lambda value: f"{value:f}", return_type=str)]
"""With all of its decimals."""


Decided = Literal["approved_once", "approved", "rejected", "expired"]


class Change(Acted):
    """What somebody decided on the order of a symbol, or that it had expired when somebody wanted to.

    "approved_once" is the first approval where two are needed. `quantity` are the shares that were approved,
    where it was not the whole order. `key` is what the decision is known by where it may be told twice: each
    key counts once for a run.
    """

    KIND: ClassVar[str] = "recommendation"

    symbol: str
    state: Decided
    reason: str | None
    quantity: Exact | None = None
    key: str | None = None


class Particulars(Said):
    """What a fill is: the same row is the same fill. Numbers are entered as text, so that none is rounded."""

    symbol: str
    side: Side
    quantity: Exact
    price: Exact
    commission: Exact
    filled_at: str | None
    account: str | None = None


class SoldLot(BaseModel):
    """What a sale took of a lot; `gain` in the portfolio's currency, None where its cost is not known."""

    model_config = ConfigDict(defer_build=True, frozen=True)

    acquired: date | None
    quantity: Exact
    cost_basis: Exact | None
    gain: float | None
    term: Term | None


class Fill(Particulars, Acted):
    """A fill, what it is measured against, and what its booking did: all that is needed to take it back.

    `close`, `limit_price` and `net` (the price with the commission) are in the instrument's own unit, `fx` is
    one of it in the portfolio's currency, `counted` the day of the count that the holdings were of. `lots`
    are None of a purchase, and of a sale of before they were entered.
    """

    KIND: ClassVar[str] = "fill"

    id: str
    reason: None
    close: float
    limit_price: float
    fx: float
    portfolio: str | None = None
    currency: str | None = None
    day: date | None = None
    cash: Money | None = None
    net: Exact | None = None
    counted: date | None = None
    lots: tuple[SoldLot, ...] | None = None
    replaced: tuple[Replaced, ...] = ()

    @property
    def booked_on(self) -> date:
        """The day of what changed holdings; the entries of before they were changed have none."""
        assert self.day is not None
        return self.day


class Cancellation(Acted):
    """A fill that was taken back."""

    KIND: ClassVar[str] = "cancellation"

    id: str
    symbol: str
    side: Side
    quantity: Exact
    reason: str
    account: str | None = None


class Orders(Said):
    """The symbols of whose orders something may still be done, and of these the approved."""

    open: tuple[str, ...]
    approved: tuple[str, ...]


class Supersession(Orders):
    """The newer run that replaced a run, and what that ended."""

    KIND: ClassVar[str] = "supersession"

    by: str
    by_run: str
    reason: None


class Withdrawal(Orders):
    """Why the orders of a run may not be done any more, and what that ended."""

    KIND: ClassVar[str] = "withdrawal"

    by: str
    reason: str


End = Entered[Supersession] | Entered[Withdrawal]


def ending(entry: Entry) -> End | None:
    """An entry that ends all that a run recommends; None for another."""
    if entry.kind == Supersession.KIND:
        return entered(entry, Supersession)
    return entered(entry, Withdrawal) if entry.kind == Withdrawal.KIND else None


Booked = Entered[Fill] | Entered[Cancellation]
"""What changes holdings."""


def booking(entry: Entry) -> Booked:
    """An entry of one of these two kinds with what it says."""
    return entered(entry, Fill) if entry.kind == Fill.KIND else entered(entry, Cancellation)


def key(entry: Booked) -> tuple[str, str, str]:
    """What a fill is known by: its run, its account, its own id."""
    return entry.subject, entry.said.account or "", entry.said.id
