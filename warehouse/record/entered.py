"""What entries of the ledger say: one class for each kind of entry, kept beside whoever enters it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from quant.documents import Json
from quant.people import Actor, Identity
from warehouse.database.database import Database
from warehouse.record import ledger
from warehouse.record.ledger import Entry


class Said(BaseModel):
    """What an entry of one `KIND` says.

    A field that is not given is not entered. Entries of older versions lack fields that came later: these
    have a default.
    """

    model_config = ConfigDict(defer_build=True, frozen=True)

    KIND: ClassVar[str]

    def payload(self) -> Json:
        """The fields that were given, as they are entered."""
        return self.model_dump(exclude_unset=True)


class Acted(Said):
    """What somebody did: `by` is the name, `actor` the kind and the id, which older entries lack."""

    by: str
    actor: Identity | None = None

    @property
    def who(self) -> Actor:
        """Whoever did it; in an older entry, whoever is called so."""
        return Actor(self.actor.kind, self.actor.id, self.by) if self.actor else Actor.typed(self.by)


S = TypeVar("S", bound=Said)
S_co = TypeVar("S_co", bound=Said, covariant=True)


@dataclass(frozen=True)
class Entered(Entry, Generic[S_co]):
    """An entry with what it says."""

    said: S_co


def append(db: Database, subject: str, said: S, now: datetime) -> Entered[S]:
    """Enter what happens now to `subject`, in the transaction in which it does.

    Raises:
        ValueError: it holds a number that is not finite.
    """
    return entered(ledger.append(db, said.KIND, subject, said.payload(), now), type(said))


def entered(entry: Entry, kind: type[S]) -> Entered[S]:
    """An entry of this kind with what it says; one that was read as another kind is read anew."""
    return Entered(**vars(entry) | {"said": kind.model_validate(entry.payload)})


def entries(db: Database, kind: type[S], subject: str | None = None) -> list[Entered[S]]:
    """The entries of a kind, of one subject or of all, in their order."""
    return [entered(one, kind) for one in ledger.entries(db, (kind.KIND,), subject)]
