"""A document as markdown: a page of Prefect's."""

import re
from collections.abc import Iterator, Sequence
from html import escape

from tasks.report.document import LINK, SCREEN, Document, Fact, Facts, Note, Notes, Row, Table, more

ROOM = 86
"""Characters that a page of Prefect has room for beside each other, in a window of 1,280 points."""


def render(document: Document) -> str:
    """The whole document as one page; of a long part the first rows, and how many more there are."""
    parts = (
        "\n".join([f"## {safe(part.caption)}", "", *_lines(part)])
        for part in (*document.parts, document.where)
    )
    return "\n\n".join([f"# {safe(str(document.verdict))}", *parts])


def whole(table: Table) -> str:
    """A table alone, with every row."""
    return "\n".join(_rows(table, table.rows))


def safe(text: str) -> str:
    """Text that markdown shows as it is: no cell ends early, nothing becomes a tag, link or emphasis."""
    return re.sub(r"([\\`*_\[\]|~#])", r"\\\1", escape(text, quote=False))


def _lines(part: Facts | Notes | Table) -> Iterator[str]:
    if isinstance(part, Facts):
        yield from (f"- **{safe(fact.name)}**: {_value(fact)}" for fact in part.rows)
    elif isinstance(part, Notes):
        yield from (f"- {_note(note)}" for note in part.rows[:SCREEN])
        yield from (f"- {safe(said)}" for said in more(part, SCREEN, len(part.rows)))
    else:
        yield from _table(part)


def _table(table: Table) -> Iterator[str]:
    rows = table.rows[:SCREEN]
    yield from _rows(table, rows)
    for said in (*more(table, len(rows), len(table.rows)), table.note):
        if said:  # a blank line, else it would belong to the last row
            yield f"\n{safe(said)}"


def _rows(table: Table, rows: Sequence[Row]) -> Iterator[str]:
    """A table; a list where it is too wide or there is something to say of a row: cells do not wrap."""
    if any(row.notes for row in rows) or _width(table, rows) > ROOM:
        yield from (_item(table, row) for row in rows)
    else:
        yield _cells(table.columns)
        yield _cells(tuple("---:" if right else "---" for right in table.right), raw=True)
        yield from (_cells(row.cells) for row in rows)


def _width(table: Table, rows: Sequence[Row]) -> int:
    """Characters that a table is wide, three of them between two columns."""
    columns = zip(table.columns, *(row.cells for row in rows), strict=True)
    return sum(max(map(len, column)) + 3 for column in columns)


def _cells(cells: tuple[str, ...], *, raw: bool = False) -> str:
    return f"| {' | '.join(cells if raw else map(safe, cells))} |"


def _item(table: Table, row: Row) -> str:
    named = zip(table.columns[1:], row.cells[1:], strict=True)
    listed = ", ".join(f"{safe(name)} {safe(cell)}".strip() for name, cell in named if cell)
    notes = "".join(f" {safe(text)}." for text in row.notes)
    return f"- **{safe(row.cells[0])}** {listed}.{notes}"


def _note(note: Note) -> str:
    return f"**{safe(note.text)}**" if note.tone in {"bad", "warning"} else safe(note.text)


def _value(fact: Fact) -> str:
    if fact.kind == "link" and LINK.fullmatch(fact.value):
        return f"<{fact.value}>"
    code = fact.kind in {"command", "hash"}
    return f"`{fact.value.replace('`', chr(39))}`" if code else safe(fact.value)
