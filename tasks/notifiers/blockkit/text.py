"""Texts that cannot break a Slack message: escaped, on one line, and never longer than they may be.

Slack's limits: 50 blocks, 150 characters in a header, 3,000 in a section, and (not documented; it answers
msg_blocks_too_long) about 13,000 for all blocks as JSON. So room is counted in characters of JSON.
"""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from json.encoder import encode_basestring_ascii
from typing import Any

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


def header(value: str) -> dict[str, Any]:
    return {"type": "header", "text": {"type": "plain_text", "text": plain(value), "emoji": False}}


def section(text: str) -> dict[str, Any]:
    """A section; `verbatim` keeps Slack from making links or mentions out of plain words."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def context(text: str) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def listing(title: str, lines: Iterable[str], total: int, room: int, where: str) -> dict[str, Any]:
    """A titled section of as many of `total` lines as fit, which says how many more there are and where."""
    shown, more = _packed(lines, total, room - cost(title) - 4, where)
    return section("\n".join([f"*{title}*", *shown, *more]))


def table(title: str, heading: str, rows: Iterable[str], total: int, room: int, where: str) -> dict[str, Any]:
    """A titled section of monospaced rows under a heading; cut like a listing."""
    shown, more = _packed(rows, total, room - cost(title + heading) - 22, where)
    return section("\n".join([f"*{title}*", "```", heading, *shown, "```", *more]))


def _packed(lines: Iterable[str], total: int, room: int, where: str) -> tuple[list[str], list[str]]:
    """The first lines that fit into `room`, and a line that tells how many don't (none when all fit)."""
    kept, used = [], 0
    for line in lines:
        kept.append(line)
        used += cost(line) + 2
        if used > room:
            break
    else:
        return kept, []
    tail_room = cost(f"… and {total} more: {where}") + 2
    while kept and used > room - tail_room:
        used -= cost(kept.pop()) + 2
    return kept, [f"… and {total - len(kept)} more: {where}"]


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
