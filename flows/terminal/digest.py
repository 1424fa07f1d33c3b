"""A document in the terminal, in colours: one screen, or whole; the verdict stands last, where one looks."""

from collections.abc import Iterator, Sequence
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
    Place,
    Row,
    Table,
    Tone,
    more,
)
from tasks.report.model import Report

STYLES: dict[Tone, str] = {"plain": "", "good": "green", "warning": "yellow", "bad": "red", "muted": "dim"}
BORDERS: dict[Tone, str] = STYLES | {"plain": "cyan"}


def render(report: Report, home: Path, *, full: bool = False) -> RenderableType:
    """The day's digest, one screen or `full`; `home` tells where previews and Data Docs lie."""
    document = digest(report, home)
    return draw(document) if full else brief(document)


def draw(document: Document) -> RenderableType:
    """The whole document: what is first in a frame, the rest below it, and the verdict again at its end."""
    first = [*takewhile(lambda one: one.importance == Importance.FIRST, document.parts)]
    verdict = document.verdict
    panel = Panel(
        Group(*(line for one in first for line in _lines(one))),
        title=_verdict(document), title_align="left", border_style=BORDERS[verdict.tone],
    )  # fmt: skip
    rest = (*document.parts[len(first) :], document.where)
    return Group(panel, *(line for one in rest for line in part(one)), _verdict(document))


def brief(document: Document) -> RenderableType:
    """What a message says, as densely as can be read: 12 orders and their drifts are 40 lines."""
    shown = [one for one in document.parts if one.place is Place.MESSAGE]
    left = len(document.parts) - len(shown)
    lines = [line for one in shown for line in _dense(one)]
    named = [Text(f"{left} more parts, and reasons: the same with --full", style="dim")] if left else []
    return Group(*lines, *named, *_lines(document.where), _verdict(document))


def _verdict(document: Document) -> Text:
    verdict = document.verdict
    return Text(str(verdict), style=f"bold {STYLES[verdict.tone]}".strip())


def _dense(one: AnyPart) -> Iterator[RenderableType]:
    """A part in few lines: facts and calm sentences as a paragraph, of a table what is for a message."""
    if isinstance(one, Facts):
        said = " · ".join(f"{fact.name} {fact.value}" for fact in one.rows)
        yield Text.assemble((one.caption, "bold"), f": {said}")
    elif isinstance(one, Table):
        yield Text(one.caption, style="bold")
        rows = one.rows if one.instead else one.rows[: one.head or SCREEN]
        yield _grid(one, rows, None)
        yield from _muted(more(one, len(rows), len(one.rows)))
    elif len(one.rows) > 1 and any(note.tone in {"bad", "warning"} for note in one.rows):
        yield Text(one.caption, style="bold")
        yield from _lines(one)
    else:
        said = " ".join(note.text for note in one.rows[:SCREEN])
        yield Text.assemble((one.caption, "bold"), ": ", (said, STYLES[one.rows[0].tone]))
        yield from _muted(more(one, SCREEN, len(one.rows)))


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
    yield _grid(table, rows, box.SIMPLE_HEAD)
    yield from _muted(more(table, len(rows), len(table.rows)))
    said = [text for row in rows for text in row.notes]
    yield from (Text(f"{text}.") for text in said[:SCREEN])
    yield from _muted([*more(table, SCREEN, len(said)), *([table.note] if table.note else [])])


def _grid(table: Table, rows: Sequence[Row], edge: box.Box | None) -> Grid:
    """The rows under their columns, with the gauges that they have."""
    drawn = any(row.picture for row in rows)
    grid = Grid(box=edge, pad_edge=False, padding=(0, 1, 0, 0))  # narrow: a cut number is no number
    for name, right in zip(table.columns, table.right, strict=True):
        grid.add_column(Text(name.replace("_", "\n")), justify="right" if right else "left", overflow="fold")
    for row in rows:
        cells = [*map(Text, row.cells), *([Text(_drawn(row.picture))] if drawn else [])]
        grid.add_row(*cells, style=STYLES[row.tone])
    return grid


def _muted(lines: list[str]) -> Iterator[Text]:
    return (Text(line, style="dim") for line in lines)


def _drawn(gauge: Gauge | None) -> str:
    """▏····│·●··▕, from the lower edge to the upper."""
    if gauge is None:
        return ""
    place = round(gauge.at * 5) + 5
    return f"▏{''.join('●' if at == place else '│' if at == 5 else '·' for at in range(11))}▕"
