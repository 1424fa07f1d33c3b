"""Who does something, and whether two of them may be one person: a typed name is proven by nothing."""

from dataclasses import dataclass
from typing import Literal, TypedDict
from unicodedata import normalize

from quant.errors import InputError

Kind = Literal["typed", "os", "slack"]

LATIN = str.maketrans(
    # Cyrillic
    "\u0410\u0412\u0415\u0417\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0405\u0406\u0408\u04ae\u04c0\u051a\u051c"
    "\u0430\u0432\u0433\u0435\u043a\u043c\u043d\u043e\u043f\u0440\u0441\u0442\u0443\u0445\u0455\u0456\u0458\u04bb\u04cf\u0501\u051b\u051d"
    # Greek
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03f9"
    "\u03b1\u03b2\u03b3\u03b5\u03b7\u03b9\u03ba\u03bd\u03bf\u03c1\u03c3\u03c4\u03c5\u03c7\u03c9\u03f2\u03f3",
    "ABE3KMHOPCTYXSIJYIQWabrekmhonpctyxsijhldqwABEZHIKMNOPTYXCabyenikvopotuxwcj",
)
"""The letters of Cyrillic and Greek that look like a Latin one, or like the digit 3, in usual fonts."""
ALIKE = str.maketrans("01|\u0251\u0261\u0131", "ollagl", "\u115f\u1160")
"""Digits, signs and phonetic letters by what they look like; the fillers of Hangul are letters unseen."""


@dataclass(frozen=True)
class Identity:
    """Which user of which system; a typed name is its own id."""

    kind: Kind
    id: str


@dataclass(frozen=True)
class Actor:
    """Who decides, imports or cancels: a `kind` of `id`, and the `name` that people read.

    Kinds: "typed" (a name that somebody wrote, which is its own id), "os" (a user of the operating system),
    "slack" (a user of Slack, by the id there).

    Raises:
        InputError: the name is empty.
    """

    kind: Kind
    id: str
    name: str

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.id.strip():
            raise InputError("the name of who decides is empty: give a name.")

    @classmethod
    def typed(cls, name: str) -> "Actor":
        """Whoever is called so, by the name alone."""
        return cls("typed", name.strip(), name.strip())

    def entry(self) -> "Entry":
        """What an entry of the ledger says of who made it."""
        return {"by": self.name, "actor": Identity(self.kind, self.id)}


class Entry(TypedDict):
    """Who made an entry of the ledger."""

    by: str
    actor: Identity


def same_person(one: Actor, other: Actor) -> bool:
    """Whether two may be one person: the same user, or names that look alike."""
    return (one.kind, one.id) == (other.kind, other.id) or same_name(one.name, other.name)


def same_name(one: str, other: str) -> bool:
    """Whether names differ by no more than case, accents, spaces, punctuation, Unicode form or look-alikes.

    Look-alikes are the letters of Cyrillic and Greek, and a few phonetic ones, that look like Latin ones, I
    and l, 0 and O. A name without any letter or digit may be anybody's.
    """
    nameless = not _letters(one) or not _letters(other)
    return nameless or not _readings(one).isdisjoint(_readings(other))


def _readings(name: str) -> set[str]:
    """The letters of a name as they are and as they look, capitals perhaps like another letter."""
    plain = normalize("NFKD", name)
    return {_letters(plain), _letters(plain.translate(LATIN)), _letters(plain.casefold().translate(LATIN))}


def _letters(text: str) -> str:
    """Without case, accents, spaces and signs."""
    folded = normalize("NFKD", text.casefold()).translate(ALIKE).replace("i", "l")
    return "".join(sign for sign in folded if sign.isalnum())
