"""Tables in Slack as aligned text: a phone of 375 pixels has 38 characters of it on a line."""

from collections.abc import Iterator, Sequence

from tasks.report.document import Table
from tasks.report.formats._slack_text import clean

WIDEST = 20
LONG = 60
"""Rows that are looked at for the width of a column."""
MOST = 300
"""Rows of aligned text that are made; no message holds more."""


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


def _widths(table: Table) -> list[int]:
    shown = [table.columns, *(row.cells for row in table.rows[:LONG])]
    return [min(WIDEST, max(len(cells[at]) for cells in shown)) for at in range(len(table.columns))]
