"""A document as a message of Slack: its fallback text and its blocks, within every limit of Slack.

Slack takes 50 blocks, 150 characters in a header, 3,000 in a section, and (not documented; it answers
msg_blocks_too_long) about 13,000 for all blocks as JSON. So room is counted in characters of JSON, and given
to the parts by their importance. What is for the thread and for pages is only named.
"""

import re
from collections.abc import Iterator, Sequence
from json import dumps

from quant.documents import Json
from tasks.report.document import (
    LINK,
    AnyPart,
    Document,
    Fact,
    Facts,
    Importance,
    Notes,
    Place,
    Row,
    Table,
    Tone,
)
from tasks.report.formats._slack_table import grid
from tasks.report.formats._slack_text import clean, context, cost, header, packed, section

TOTAL = 11_500
"""Characters of JSON that a message may take, without the buttons below it."""
SECTION = 2_800
ROOM = {Importance.FIRST: 2_600, Importance.NEEDED: 1_500, Importance.USEFUL: 1_500}
"""What a part may take, even where there is more."""
RESERVE = 1_800
"""What is kept for the parts around orders."""
LEAST = 260
"""With less room than this a part is named only."""
LONGEST = 300
"""No message holds more rows than this; none beyond it are made."""
NAMES = 300
"""What the names of the parts that are left out may take."""
MARKS: dict[Tone, str] = {"bad": ":no_entry: ", "warning": ":warning: ", "good": "", "plain": "", "muted": ""}
MENTION = re.compile(r"<(!here|!channel|!everyone|@[A-Z0-9]+|!subteam\^[A-Z0-9]+)>")


def render(document: Document, mention: str = "") -> tuple[str, list[Json]]:
    """The fallback text, and the blocks; `mention` calls people where the document is urgent."""
    verdict = document.verdict
    first = [header(verdict.decision), context(clean(verdict.subject, 300))]
    if verdict.urgent and mention:
        first.append(section(f"{_calling(mention)} {clean(verdict.decision, 400)}"))
    room = TOTAL - _size([*first, context(_where(document, ()))]) - NAMES - 350
    here = [part for part in document.parts if part.place is Place.MESSAGE]
    thread = [part for part in document.parts if part.place is Place.THREAD]
    shown, left = _shown(here, room)
    left += [part.caption for part in document.parts if not shown.get(part.name) and part not in thread]
    blocks = [block for part in here for block in shown.get(part.name, [])]
    text = clean(f"{verdict.decision} · {verdict.subject}", 600)
    return text, [*first, *blocks, context(_where(document, left, [part.caption for part in thread]))]


def _shown(parts: Sequence[AnyPart], room: int) -> tuple[dict[str, list[Json]], list[str]]:
    """The blocks of each part that has room, and what is left out of those that are there.

    What changes the meaning of all else comes first, then whole tables, then the rest.
    """
    found: dict[str, list[Json]] = {}
    left: list[str] = []
    for notes in [part for part in parts if isinstance(part, Notes) and part.importance is Importance.FIRST]:
        found[notes.name] = _blocks(notes, min(ROOM[notes.importance], room - RESERVE))
        room -= _size(found[notes.name])
    for table in [part for part in parts if isinstance(part, Table) and part.instead]:
        found[table.name], without = _orders(table, room - RESERVE)
        left += without
        room -= _size(found[table.name])
    waiting = [part for part in sorted(parts, key=lambda part: part.importance) if part.name not in found]
    for at, part in enumerate(waiting):
        most = min(ROOM.get(part.importance, LEAST), room - LEAST * (len(waiting) - at - 1))
        blocks = _blocks(part, max(most, LEAST) - 100)
        if _size(blocks) <= room:
            found[part.name] = blocks
            room -= _size(blocks)
    return found, left


def _orders(table: Table, room: int) -> tuple[list[Json], list[str]]:
    """Every row in a few words, and what of it is left out; else what is said instead of the rows."""
    assert table.instead is not None
    if len(table.rows) <= table.most:
        kept, more = packed((_listed(table, row) for row in table.rows), len(table.rows), room, "")
        blocks = _sections(table.caption, kept)
        if not more and _size(blocks) <= room:
            reasons = ["reasons"] if any(row.notes for row in table.rows) else []
            return blocks, [*table.columns[table.brief :], *reasons]
    return _sections(table.instead.caption, [_noted(note.text, note.tone) for note in table.instead.rows]), []


def _sections(caption: str, lines: Sequence[str]) -> list[Json]:
    """As many sections as the lines need, no line in two of them, none behind a "See more"."""
    pages, used = [[f"*{clean(caption)}*"]], 0
    for line in lines:
        if used + cost(line) + 2 > SECTION:
            pages.append([])
            used = 0
        pages[-1].append(line)
        used += cost(line) + 2
    return [{**section("\n".join(page)), "expand": True} for page in pages]


def _blocks(part: AnyPart, room: int) -> list[Json]:
    """As many rows or sentences as are for a message and fit into `room`, and how many more there are."""
    caption, where = f"*{clean(part.caption, 100)}*", f"`{clean(part.rest, 100)}`"
    if not isinstance(part, Table):
        kept, more = packed(_lines(part), len(part.rows), room - cost(caption) - 20, where)
        return [section("\n".join([caption, *kept, *more]))]
    note = [clean(part.note, 200)] if part.note else []
    heading, lines, fence = _table_lines(part)
    taken = cost("\n".join([caption, *heading, *note])) + 20
    kept, more = packed(lines[: part.head], len(part.rows), room - taken, where)
    if not more and len(kept) < len(part.rows):
        more = [f"… and {len(part.rows) - len(kept):,} more: {where}"]
    shown = [caption, fence, *heading, *kept, fence, *more, *note]
    return [section("\n".join(line for line in shown if line))]


def _lines(part: Facts | Notes) -> Iterator[str]:
    if isinstance(part, Facts):
        yield from (f"*{clean(fact.name, 80)}* {clean(fact.value, 300)}" for fact in part.rows)
    else:
        yield from (_noted(note.text, note.tone) for note in part.rows)


def _table_lines(table: Table) -> tuple[list[str], list[str], str]:
    """The heading, the rows and what they are fenced with: aligned, or listed with what is said of each."""
    if any(row.notes for row in table.rows):
        return [], [_listed(table, row, whole=True) for row in table.rows[:LONGEST]], ""
    heading, *rows = grid(table)
    return [heading], rows, "```"


def _noted(text: str, tone: Tone) -> str:
    return MARKS[tone] + clean(text, 600)


def _listed(table: Table, row: Row, *, whole: bool = False) -> str:
    """A row as a line of its named cells, the first few or, with what is said of it, the whole."""
    cells = len(table.columns) if whole else table.brief
    named = zip(table.columns[1:cells], row.cells[1:cells], strict=True)
    listed = ", ".join(f"{clean(name, 40)} {clean(cell, 80)}".strip() for name, cell in named if cell)
    notes = [f"\n    {clean(text, 600)}" for text in row.notes] if whole else []
    return f"{MARKS[row.tone]}*{clean(row.cells[0], 80)}* {listed}{''.join(notes)}"


def _where(document: Document, left: Sequence[str], thread: Sequence[str] = ()) -> str:
    """How the run is found again, what of it its thread has, and what is in neither."""
    facts = " · ".join(map(_fact, document.where.rows))
    lines = (("In the thread", thread), ("Not in this message", left))
    said = [f"{what}: {clean(', '.join(names), NAMES // 2)}" for what, names in lines if names]
    return "\n".join([facts, *said])


def _fact(fact: Fact) -> str:
    name, text = clean(fact.name, 60), clean(fact.value, 220)
    if fact.kind == "link" and LINK.fullmatch(fact.value):
        return f"<{fact.value}|{name}>"
    return f"{name} `{text}`" if fact.kind in {"command", "hash"} else f"{name} {text}"


def _calling(mention: str) -> str:
    """The mention as written if Slack would understand each word of it; else as harmless text."""
    words = mention.split()
    if len(mention) <= 200 and words and all(MENTION.fullmatch(word) for word in words):
        return " ".join(words)
    return clean(mention, 200)


def _size(blocks: Sequence[Json]) -> int:
    return len(dumps(blocks))
