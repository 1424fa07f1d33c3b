"""Tables in Slack: aligned text where a phone holds it, else a table of Slack's own, which scrolls."""

from collections.abc import Iterator, Sequence

from quant.documents import Json
from tasks.report.document import Table
from tasks.report.formats._slack_text import clean, cost, plain

PHONE = 38
"""Characters of code on a line of a phone that is 375 pixels wide."""
WIDEST = 20
LONG = 60
"""Rows that are looked at for the width of a column."""
MOST = 300
"""Rows of aligned text that are made; no message holds more."""
ROWS = 100
"""Rows of a table of Slack's, below its header."""
PAGE = 20


def width(table: Table) -> int:
    """Characters that a line of the table takes as text."""
    return sum(_widths(table)) + len(table.columns) - 1


def grid(table: Table) -> Iterator[str]:
    """Aligned lines, the columns first; widths are counted before escaping: "&amp;" is one character wide."""
    widths = _widths(table)
    for cells in (table.columns, *(row.cells for row in table.rows[:MOST])):
        yield aligned(cells, widths, table.right)


def aligned(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    """One line of cells, each as wide as its column or, where it is longer, as itself."""
    padded = []
    for cell, wide, to_the_right in zip(cells, widths, right, strict=True):
        space = " " * (wide - len(cell))
        padded.append(space + clean(cell, 200) if to_the_right else clean(cell, 200) + space)
    return " ".join(padded).rstrip()


def data_table(table: Table, room: int, where: str) -> tuple[Json, list[str]]:
    """The first rows that fit into `room` characters of JSON, and how many more there are.

    Every row has as many cells as the header, and none of them is empty: Slack takes neither.
    """
    rows, used = [[_cell(name) for name in table.columns]], 0
    for row in table.rows[:ROWS]:
        used += sum(cost(cell) + 36 for cell in row.cells)
        if used > room:
            break
        rows.append([_cell(cell) for cell in row.cells])
    gone = len(table.rows) - len(rows) + 1
    caption = plain(table.caption) or "Table"
    block = {"type": "data_table", "caption": caption, "rows": rows, "page_size": PAGE}
    return block, [f"… and {gone:,} more: {where}"] if gone else []


def _cell(text: str) -> Json:
    return {"type": "raw_text", "text": plain(text, 200) or "–"}


def _widths(table: Table) -> list[int]:
    shown = [table.columns, *(row.cells for row in table.rows[:LONG])]
    return [min(WIDEST, max(len(cells[at]) for cells in shown)) for at in range(len(table.columns))]
