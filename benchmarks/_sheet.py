"""What a measurement says, for the terminal and for a page of the documentation."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rich import box
from rich.console import Group, RenderableType
from rich.markdown import Markdown
from rich.rule import Rule
from rich.table import Table as RichTable


@dataclass(frozen=True)
class Table:
    """Rows of cells; a column whose name begins with ">" is set to the right."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Sheet:
    """Paragraphs (Markdown) and tables in order; `pictures` are SVG texts by the file name of each."""

    title: str
    parts: Sequence[str | Table]
    pictures: Mapping[str, str] = field(default_factory=dict)


def for_terminal(sheet: Sheet) -> RenderableType:
    """The sheet as a person reads it in the terminal."""
    parts = (Markdown(part) if isinstance(part, str) else _rich(part) for part in sheet.parts)
    return Group(Rule(sheet.title, align="left"), *parts)


def as_markdown(sheet: Sheet) -> str:
    """The sheet as a section of a page."""
    return "\n\n".join([f"## {sheet.title}", *_paragraphs(sheet)]) + "\n"


def _paragraphs(sheet: Sheet) -> Iterator[str]:
    for part in sheet.parts:
        if isinstance(part, str):
            yield part
        else:
            rule = ("---:" if name.startswith(">") else "---" for name in part.columns)
            head = (name.lstrip(">") for name in part.columns)
            yield "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *part.rows))


def _rich(table: Table) -> RichTable:
    shown = RichTable(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in table.columns:
        shown.add_column(name.lstrip(">"), justify="right" if name.startswith(">") else "left")
    for row in table.rows:
        shown.add_row(*row)
    return shown
