"""What a message or a page says, and in which order: made once from a report, laid out by every format.

A format (tasks/report/formats, flows/terminal/digest.py) chooses letters, not contents. Each part has its
place: in the message, in a reply to it, or on a page. What a format has no room for it leaves out from the
end of a part, the least important part first, and says how many and where the rest is. Every
text is one printable line of bounded length: a format has its own markup to escape, nothing else.
"""

import re
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from quant.printable import printable

Kind = Literal["text", "command", "hash", "link"]
Tone = Literal["plain", "good", "warning", "bad", "muted"]

TEXT = 500
"""Characters of a sentence at most."""
NAME = 60
"""Characters of a symbol, a number or another name at most."""
SCREEN = 100
"""So many rows or sentences of a part are on a screen or page at most; `--json` has all."""

LINK = re.compile(r"https?://[A-Za-z0-9.:/_%#?=~+-]{1,200}")
"""An address that may be made a link as it is."""


class Importance(IntEnum):
    """What a reader needs first; where there is no room, the last goes first."""

    FIRST = 1  # changes what everything else means
    NEEDED = 2  # what to do
    USEFUL = 3  # why
    DETAIL = 4  # for who looks closer


class Place(IntEnum):
    """Where a reader looks for a part."""

    MESSAGE = 1  # to decide
    THREAD = 2  # to understand: a reply to the message
    PAGE = 3  # to study: pages and `--full`


@dataclass(frozen=True)
class Verdict:
    """The first line: whose day it is, and the decision. `urgent`: people are to be called."""

    subject: str
    decision: str
    tone: Tone
    urgent: bool = False

    def __str__(self) -> str:
        return f"{self.subject} · {self.decision}"


@dataclass(frozen=True)
class Fact:
    """One thing with its name. A command or hash is copied as it stands, a link is an address."""

    name: str
    value: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Note:
    """A sentence."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Gauge:
    """A picture of a row: where a number stands between its limits, -1 (lower) to 1 (upper).

    It shows what cells say, so a format that cannot draw leaves it away.
    """

    at: float


@dataclass(frozen=True)
class Row:
    """A row of a table, with sentences about it and its picture, if any."""

    cells: tuple[str, ...]
    tone: Tone = "plain"
    notes: tuple[str, ...] = ()
    picture: Gauge | None = None


@dataclass(frozen=True)
class Part:
    """A part of a document; `rest` is the command that shows all of it."""

    name: str
    caption: str
    importance: Importance
    rest: str
    place: Place = field(default=Place.MESSAGE, kw_only=True)


@dataclass(frozen=True)
class Facts(Part):
    rows: tuple[Fact, ...]


@dataclass(frozen=True)
class Notes(Part):
    rows: tuple[Note, ...]


@dataclass(frozen=True)
class Table(Part):
    """Rows under columns: the first `texts` are words, the others with a name numbers. `note` stands below.

    `instead`: what is said in a message that has no room for every row, or where there are more than `most`,
    because a row that is left out would be read as one that is not there; None: rows may be left out. In a
    message a row is its first `brief` cells. `head`: so many rows are for a message, the others for a page
    (None: all).
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    texts: int = 1
    note: str = ""
    brief: int = 1
    instead: Notes | None = None
    most: int = 100
    head: int | None = None

    @property
    def right(self) -> list[bool]:
        """Which columns are aligned to the right."""
        return [at >= self.texts and bool(name) for at, name in enumerate(self.columns)]


AnyPart = Facts | Notes | Table


@dataclass(frozen=True)
class Document:
    """The verdict, the parts in reading order, and where the run can be found again."""

    verdict: Verdict
    parts: tuple[AnyPart, ...]
    where: Facts

    @property
    def show(self) -> str:
        """The command that shows the run."""
        return self.where.rest


def more(part: Part, shown: int, of: int) -> list[str]:
    """That a part goes on beyond so many of its rows, and where; nothing where it is whole."""
    return [f"… and {of - shown:,} more: {part.rest}"] if of > shown else []


def rest(show: str, rows: int) -> str:
    """The command that shows all of so many rows."""
    return show if rows <= SCREEN else f"{show} --json"


def line(text: str, room: int = TEXT) -> str:
    """Anybody's text as one printable line of at most `room` characters; "…" stands for the rest."""
    whole = printable(" ".join(text[: 4 * room].split()))
    return whole if len(whole) <= room and len(text) <= 4 * room else whole[: room - 1] + "…"


def note(text: str, tone: Tone = "plain") -> Note:
    return Note(line(text), tone)


def fact(name: str, value: str, kind: Kind = "text") -> Fact:
    return Fact(line(name, NAME), line(value), kind)


def row(*cells: str, tone: Tone = "plain", notes: tuple[str, ...] = (), at: float | None = None) -> Row:
    """A row; `at`: the place of its gauge, which then has one."""
    picture = None if at is None else Gauge(max(-1.0, min(1.0, at)))
    named = tuple(line(cell, NAME) for cell in cells)
    return Row(named, tone, tuple(line(text) for text in notes if text.strip()), picture)
