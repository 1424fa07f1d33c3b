"""Texts that cannot break a Slack message: escaped, on one line, and never longer than they may be."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from json.encoder import encode_basestring_ascii

from quant.documents import Json
from quant.printable import printable

HEADER_ROOM = 150
LINE_ROOM = 600
ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "`": "'"}


def clean(value: str, room: int = LINE_ROOM) -> str:
    """Anybody's text on one line of mrkdwn: no mention, link or code fence survives, "…" marks a cut."""
    return _fit([ESCAPES.get(char, char) for char in _one_line(value, room)], room)


def plain(value: str, room: int = HEADER_ROOM) -> str:
    """Anybody's text on one line of plain text, which Slack shows as it is."""
    return _fit(list(_one_line(value, room)), room)


def cost(text: str) -> int:
    """The characters that a text takes in JSON, where every character beyond ASCII takes six or twelve."""
    return len(encode_basestring_ascii(text)) - 2


def header(value: str) -> Json:
    return {"type": "header", "text": {"type": "plain_text", "text": plain(value), "emoji": False}}


def section(text: str) -> Json:
    """A section; `verbatim` keeps Slack from making links or mentions out of plain words."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def context(text: str) -> Json:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def packed(lines: Iterable[str], total: int, room: int, where: str) -> tuple[list[str], list[str]]:
    """The first of `total` lines that fit into `room`, and a line that tells how many don't (none if all do).

    No more lines are made than fit: a message shows the first of thousands.
    """
    kept, used = list[str](), 0
    for line in lines:
        kept.append(line)
        used += cost(line) + 2
        if used > room:
            break
    else:
        return kept, []
    tail = cost(f"… and {total:,} more: {where}") + 2
    while kept and used > room - tail:
        used -= cost(kept.pop()) + 2
    return kept, [f"… and {total - len(kept):,} more: {where}"]


def _one_line(value: str, room: int) -> str:
    """Printable, single-spaced, and no longer than one character more than can ever be shown."""
    return printable(" ".join(value.split(maxsplit=room))[: room + 1])


def _fit(pieces: list[str], room: int) -> str:
    """The pieces that fit, none of them in part; "…" stands for the rest."""
    whole = "".join(pieces)
    if cost(whole) <= room:
        return whole
    used = list(accumulate(cost(piece) for piece in pieces))
    return "".join(pieces[: bisect_right(used, room - cost("…"))]) + "…"
