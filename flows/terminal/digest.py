"""A document in the terminal: one screen, in colours."""

from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table as Grid
from rich.text import Text

from tasks.report.digest import digest
from tasks.report.document import (
    SCREEN,
    AnyPart,
    Document,
    Facts,
    Gauge,
    Importance,
    Notes,
    Table,
    Tone,
    more,
)
from tasks.report.model import Report

STYLES: dict[Tone, str] = {"plain": "", "good": "green", "warning": "yellow", "bad": "red", "muted": "dim"}
BORDERS: dict[Tone, str] = STYLES | {"plain": "cyan"}


def render(report: Report, home: Path) -> RenderableType:
    """The day's digest; `home` tells where previews and Data Docs lie."""
    return draw(digest(report, home))


def draw(document: Document) -> RenderableType:
    """What is first in a frame, the rest below it."""
    first = [*takewhile(lambda one: one.importance == Importance.FIRST, document.parts)]
    verdict = document.verdict
    panel = Panel(
        Group(*(line for one in first for line in _lines(one))),
        title=Text(str(verdict), style="bold"), title_align="left", border_style=BORDERS[verdict.tone],
    )  # fmt: skip
    rest = (*document.parts[len(first) :], document.where)
    return Group(panel, *(line for one in rest for line in part(one)))


def part(one: AnyPart) -> Iterator[RenderableType]:
    """A part under its caption."""
    yield Text(f"\n{one.caption}", style="bold")
    yield from _lines(one)


def _lines(one: AnyPart) -> Iterator[RenderableType]:
    if isinstance(one, Facts):
        for fact in one.rows:
            # not wrapped, so that a path or command in it can be copied
            yield Text.assemble((fact.name, "bold"), f": {fact.value}", no_wrap=True, overflow="ignore")
    elif isinstance(one, Notes):
        yield from (Text(note.text, style=STYLES[note.tone]) for note in one.rows[:SCREEN])
        yield from _muted(more(one, SCREEN, len(one.rows)))
    else:
        yield from _table(one)


def _table(table: Table) -> Iterator[RenderableType]:
    """The rows; below them what is said of each, because a column of sentences would be narrow."""
    rows = table.rows if table.instead else table.rows[:SCREEN]
    drawn = any(row.picture for row in rows)
    grid = Grid(
        box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
    )  # narrow: a cut number is no number
    for name, right in zip(table.columns, table.right, strict=True):
        grid.add_column(Text(name.replace("_", "\n")), justify="right" if right else "left", overflow="fold")
    for row in rows:
        cells = [*map(Text, row.cells), *([Text(_drawn(row.picture))] if drawn else [])]
        grid.add_row(*cells, style=STYLES[row.tone])
    yield grid
    yield from _muted(more(table, len(rows), len(table.rows)))
    said = [text for row in rows for text in row.notes]
    yield from (Text(f"{text}.") for text in said[:SCREEN])
    yield from _muted([*more(table, SCREEN, len(said)), *([table.note] if table.note else [])])


def _muted(lines: list[str]) -> Iterator[Text]:
    return (Text(line, style="dim") for line in lines)


def _drawn(gauge: Gauge | None) -> str:
    """▏····│·●··▕, from the lower edge to the upper."""
    if gauge is None:
        return ""
    place = round(gauge.at * 5) + 5
    return f"▏{''.join('●' if at == place else '│' if at == 5 else '·' for at in range(11))}▕"
