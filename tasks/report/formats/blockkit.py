"""A document as a message of Slack: its fallback text and its blocks, within every limit of Slack.

Slack takes 50 blocks, 150 characters in a header, 3,000 in a section, and (not documented; it answers
msg_blocks_too_long) about 13,000 for all blocks as JSON. So room is counted in characters of JSON, and given
to the parts by their importance; details are named, with the command that shows them.
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
    Row,
    Table,
    Tone,
)
from tasks.report.formats._slack_text import clean, context, cost, header, packed, section

TOTAL = 12_000
"""Characters of JSON that a message may take."""
SECTION = 2_800
ROOM = {Importance.FIRST: 2_600, Importance.NEEDED: 1_500, Importance.USEFUL: 1_500}
"""What a part may take, even where there is more."""
ORDERS = 4_500
"""What orders may take with all that is said of each."""
RESERVE = 1_800
"""What is kept for the parts around orders."""
LEAST = 260
"""With less room than this a part is named only."""
NAMES = 300
"""What the names of the parts that are left out may take."""
MARKS: dict[Tone, str] = {"bad": ":no_entry: ", "warning": ":warning: ", "good": "", "plain": "", "muted": ""}
MENTION = re.compile(r"<(!here|!channel|!everyone|@[A-Z0-9]+|!subteam\^[A-Z0-9]+)>")


def render(document: Document, mention: str = "") -> tuple[str, list[Json]]:
    """The fallback text, and the blocks; `mention` calls people where the document is urgent."""
    title = str(document.verdict)
    first = [header(title)]
    if document.verdict.urgent and mention:
        first.append(section(f"{_calling(mention)} {clean(document.verdict.decision, 400)}"))
    last = context(_where(document))
    room = TOTAL - _size([*first, last]) - NAMES - 350
    shown = _shown(document.parts, room)
    left = [part.caption for part in document.parts if not shown.get(part.name)]
    blocks = [block for part in document.parts for block in shown.get(part.name, [])]
    more = [context(_named(left, document.show))] if left else []
    return clean(title, 600), [*first, *blocks, *more, last]


def _shown(parts: Sequence[AnyPart], room: int) -> dict[str, list[Json]]:
    """The blocks of each part that has room: what changes the meaning of all else, whole tables, the rest."""
    found: dict[str, list[Json]] = {}
    whole = {part.name: part for part in parts if isinstance(part, Table) and part.instead}
    warnings = [part for part in parts if isinstance(part, Notes) and part.importance is Importance.FIRST]
    for notes in warnings:
        found[notes.name] = _blocks(notes, min(ROOM[notes.importance], room - RESERVE))
        room -= _size(found[notes.name])
    for name, table in whole.items():
        found[name] = _orders(table, room - RESERVE)
        room -= _size(found[name])
    by_importance = sorted(parts, key=lambda part: part.importance)
    waiting = [part for part in by_importance if part.importance in ROOM and part.name not in found]
    for at, part in enumerate(waiting):
        most = min(ROOM[part.importance], room - LEAST * (len(waiting) - at - 1))
        blocks = _blocks(part, max(most, LEAST) - 100)
        if _size(blocks) <= room:
            found[part.name] = blocks
            room -= _size(blocks)
    return found


def _orders(table: Table, room: int) -> list[Json]:
    """Every row in as many words as there is room for; else what is said instead of them."""
    assert table.instead is not None
    for lines, most in (
        ((_listed(table, row, len(table.columns)) for row in table.rows), min(room, ORDERS)),
        (_short(table), room),
    ):
        kept, more = packed(lines, len(table.rows) + 1, most, "")
        blocks = _sections(table.caption, kept)
        if not more and _size(blocks) <= most:
            return blocks
    return _sections(table.instead.caption, [_noted(note.text, note.tone) for note in table.instead.rows])


def _short(table: Table) -> Iterator[str]:
    yield from (_listed(table, row, table.brief) for row in table.rows)
    left = [*table.columns[table.brief :], *(["reasons"] if any(row.notes for row in table.rows) else [])]
    yield _named(left, table.rest)


def _named(left: Sequence[str], where: str) -> str:
    """That some of it is not here, and where."""
    return f"Not in this message: {clean(', '.join(left), NAMES)}. See `{clean(where, 220)}`"


def _sections(caption: str, lines: Sequence[str]) -> list[Json]:
    """As many sections as the lines need, no line in two of them."""
    pages, used = [[f"*{clean(caption)}*"]], 0
    for line in lines:
        if used + cost(line) + 2 > SECTION:
            pages.append([])
            used = 0
        pages[-1].append(line)
        used += cost(line) + 2
    return [section("\n".join(page)) for page in pages]


def _blocks(part: AnyPart, room: int) -> list[Json]:
    """A section of as many rows or sentences as fit into `room`, and how many more there are."""
    caption, note = f"*{clean(part.caption, 100)}*", ""
    heading, lines, fence = list[str](), _lines(part), ""
    if isinstance(part, Table):
        note = clean(part.note, 200)
        if not any(row.notes for row in part.rows):
            fence = "```"
            heading = [next(lines)]
    taken = cost("\n".join([caption, *heading, note])) + 20
    kept, more = packed(lines, len(part.rows), room - taken, f"`{clean(part.rest, 100)}`")
    parts = [caption, fence, *heading, *kept, fence, *more, note]
    return [section("\n".join(line for line in parts if line))]


def _lines(part: AnyPart) -> Iterator[str]:
    """The part line by line; of a table that is aligned the columns first."""
    if isinstance(part, Facts):
        yield from (f"*{clean(fact.name, 80)}* {clean(fact.value, 300)}" for fact in part.rows)
    elif isinstance(part, Notes):
        yield from (_noted(note.text, note.tone) for note in part.rows)
    elif any(row.notes for row in part.rows):
        yield from (_listed(part, row, len(part.columns)) for row in part.rows)
    else:
        yield from _grid(part)


def _noted(text: str, tone: Tone) -> str:
    return MARKS[tone] + clean(text, 600)


def _listed(table: Table, row: Row, cells: int) -> str:
    """A row as a line of its named cells, and below it what is said of it, where all cells are wanted."""
    named = zip(table.columns[1:cells], row.cells[1:cells], strict=True)
    listed = ", ".join(f"{clean(name, 40)} {clean(cell, 80)}".strip() for name, cell in named if cell)
    notes = [f"\n    {clean(text, 600)}" for text in row.notes] if cells == len(table.columns) else []
    return f"{MARKS[row.tone]}*{clean(row.cells[0], 80)}* {listed}{''.join(notes)}"


def _grid(table: Table) -> Iterator[str]:
    """Aligned lines, the columns first; widths are counted before escaping: "&amp;" is one character wide."""
    shown = [table.columns, *(row.cells for row in table.rows[:60])]
    widths = [min(20, max(len(cells[at]) for cells in shown)) for at in range(len(table.columns))]
    for cells in (table.columns, *(row.cells for row in table.rows)):
        padded = []
        for cell, width, right in zip(cells, widths, table.right, strict=True):
            space = " " * (width - len(cell))
            padded.append(space + clean(cell, 200) if right else clean(cell, 200) + space)
        yield "  ".join(padded).rstrip()


def _where(document: Document) -> str:
    return " · ".join(f"{clean(fact.name, 60)} {_value(fact)}" for fact in document.where.rows)


def _value(fact: Fact) -> str:
    if fact.kind == "link" and LINK.fullmatch(fact.value):
        return f"<{fact.value}|Open the run>"
    text = clean(fact.value, 220)
    return f"`{text}`" if fact.kind in {"command", "hash"} else text


def _calling(mention: str) -> str:
    """The mention as written if Slack would understand each word of it; else as harmless text."""
    words = mention.split()
    if len(mention) <= 200 and words and all(MENTION.fullmatch(word) for word in words):
        return " ".join(words)
    return clean(mention, 200)


def _size(blocks: Sequence[Json]) -> int:
    return len(dumps(blocks))
