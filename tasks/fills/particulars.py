"""What a fill is: the same row is the same fill, whatever run it names."""

from collections.abc import Iterable

import config.fills
from quant.errors import InputError
from tasks.orders.entries import Fill, Particulars
from warehouse import runs
from warehouse.database.database import Database
from warehouse.record import ledger
from warehouse.record.entered import Entered, entered


def particulars(fill: config.fills.Fill) -> Particulars:
    """What a fill is, as it is entered."""
    found = Particulars(
        symbol=fill.symbol, side=fill.side, quantity=fill.quantity.normalize(), price=fill.price.normalize(),
        commission=fill.commission.normalize(), filled_at=fill.filled_at,
    )  # fmt: skip
    return found.model_copy(update={"account": fill.account}) if fill.account else found


def unnamed_id(run_id: str, content: Particulars) -> str:
    """How the id begins of a fill that has none of its own."""
    return ledger.digest([run_id, content.payload()])[:16]


class Unnamed:
    """The fills without an id of their own, by content: those that stand, then those that are asked for."""

    def __init__(self, db: Database, standing: Iterable[Entered[Fill]]) -> None:
        self.db = db
        self.runs: dict[str, runs.Run] = {}
        self.known: dict[tuple[str, str, str], str] = {}
        for entry in standing:
            content = entered(entry, Particulars).said
            begins, _, count = entry.said.id.rpartition("-")
            if begins == unnamed_id(entry.subject, content):
                self.known.setdefault(self._key(entry.subject, content, count), entry.subject)

    def is_known(self, run_id: str, fill: config.fills.Fill, name: str) -> bool:
        """Whether a fill stands for another run of the portfolio; if not it counts as standing from now on.

        Raises:
            InputError: without its time it may be another one, of another session.
        """
        count = name.rpartition("-")[2]
        other = self.known.setdefault(self._key(run_id, particulars(fill), count), run_id)
        if other == run_id:
            return False
        if fill.filled_at is None and self._run(other).session != self._run(run_id).session:
            raise InputError(
                f"{fill.where}: the same fill is known of run {other}, and would be booked twice. Leave the "
                "row out; if it is another execution, add when it was (filled_at) or its id."
            )
        return True

    def _key(self, run_id: str, content: Particulars, count: str) -> tuple[str, str, str]:
        return self._run(run_id).portfolio, ledger.digest(content.payload()), count

    def _run(self, run_id: str) -> runs.Run:
        if run_id not in self.runs:
            self.runs[run_id] = runs.load(self.db, run_id)
        return self.runs[run_id]
