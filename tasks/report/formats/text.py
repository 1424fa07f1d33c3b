"""A document as plain text: a mail, a webhook, a log."""

from collections.abc import Iterator

from tasks.report.document import SCREEN, Document, Facts, Notes, Table, more


def render(document: Document) -> str:
    """The whole document; of a long part the first rows and how many more there are, of orders all."""
    first = str(document.verdict)
    parts = (
        "\n".join([part.caption, "-" * len(part.caption), *_lines(part)])
        for part in (*document.parts, document.where)
    )
    return "\n\n".join([first + "\n" + "=" * min(len(first), 80), *parts]) + "\n"


def _lines(part: Facts | Notes | Table) -> Iterator[str]:
    if isinstance(part, Facts):
        yield from (f"{fact.name}: {fact.value}" for fact in part.rows)
    elif isinstance(part, Notes):
        yield from (f"- {note.text}" for note in part.rows[:SCREEN])
        yield from more(part, SCREEN, len(part.rows))
    else:
        yield from _table(part)


def _table(table: Table) -> Iterator[str]:
    """Aligned columns; what is said of a row stands below it."""
    rows = table.rows if table.instead else table.rows[:SCREEN]
    grid = [table.columns, *(row.cells for row in rows)]
    widths = [max(len(cells[at]) for cells in grid) for at in range(len(table.columns))]

    def aligned(cells: tuple[str, ...]) -> str:
        padded = zip(cells, widths, table.right, strict=True)
        return "  ".join(c.rjust(width) if number else c.ljust(width) for c, width, number in padded).rstrip()

    yield aligned(table.columns)
    for row in rows:
        yield aligned(row.cells)
        yield from (f"    {text}" for text in row.notes)
    yield from more(table, len(rows), len(table.rows))
    yield from [table.note] if table.note else []
