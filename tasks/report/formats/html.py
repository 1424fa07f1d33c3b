"""A document as HTML: the main part of a page in a browser. No script, no style of its own."""

from collections.abc import Iterator, Sequence
from html import escape

from tasks.report.document import (
    LINK,
    SCREEN,
    AnyPart,
    Document,
    Fact,
    Facts,
    Note,
    Notes,
    Place,
    Row,
    Table,
    Tone,
    more,
)
from tasks.report.files.pictures import Picture

SAID: dict[Tone, str] = {"bad": "Stop: ", "warning": "Attention: ", "good": "", "plain": "", "muted": ""}
"""What a colour says to who does not see it."""
PLACE = "<!-- picture {} -->"
"""Where a picture is drawn later, by its name. No text is taken for it: in texts "<" is written "&lt;"."""


def render(document: Document, pictures: Sequence[Picture] = (), lacking: Sequence[str] = ()) -> str:
    """The whole document below its verdict; of a long part the first rows, of orders all.

    Behind what is read to decide stand `pictures`, each with its words and the PLACE where it is drawn, and
    `lacking`: why others are not there.
    """
    verdict = document.verdict
    head = f'<p class="subject">{escape(verdict.subject)}</p>\n'
    head += f'<h1 class="{verdict.tone}">{escape(verdict.decision)}</h1>'
    first = [part(one) for one in document.parts if one.place is Place.MESSAGE]
    then = [part(one) for one in document.parts if one.place is not Place.MESSAGE]
    return "\n".join([head, *first, *_figures(pictures, lacking), *then, part(document.where)])


def _figures(pictures: Sequence[Picture], lacking: Sequence[str]) -> Iterator[str]:
    if pictures or lacking:
        yield '<section aria-labelledby="part-pictures">\n<h2 id="part-pictures">Pictures</h2>'
        yield '<div class="figures">'
        for one in pictures:
            said = f"<strong>{escape(one.title)}.</strong> {escape(one.alt)}"
            yield f"<figure>{PLACE.format(one.name)}<figcaption>{said}</figcaption></figure>"
        yield "</div>"
        yield from (f'<p class="soft">{escape(text)}</p>' for text in lacking)
        yield "</section>"


def part(one: AnyPart) -> str:
    """A part below its heading, as a section of its own."""
    name = f"part-{escape(one.name)}"
    lines = "\n".join(_lines(one, name))
    head = f'<h2 id="{name}">{escape(one.caption)}</h2>'
    return f'<section aria-labelledby="{name}">\n{head}\n{lines}\n</section>'


def _lines(part: AnyPart, name: str) -> Iterator[str]:
    if isinstance(part, Facts):
        yield "<dl>"
        yield from (f"<div><dt>{escape(one.name)}</dt><dd>{_value(one)}</dd></div>" for one in part.rows)
        yield "</dl>"
    elif isinstance(part, Notes):
        yield "<ul>"
        yield from (f'<li class="{one.tone}">{_note(one)}</li>' for one in part.rows[:SCREEN])
        yield "</ul>"
        yield from (f"<p>{escape(said)}</p>" for said in more(part, SCREEN, len(part.rows)))
    else:
        yield from _table(part, name)


def _table(table: Table, name: str) -> Iterator[str]:
    """A table that scrolls by itself where the screen is narrow, also by keyboard."""
    rows = table.rows if table.instead else table.rows[:SCREEN]
    yield f'<div class="wide" tabindex="0" role="region" aria-labelledby="{name}"><table>'
    heads = zip(table.columns, table.right, strict=True)
    cells = "".join(
        f'<th scope="col"{_side(right)}>{escape(column) or _unseen("name" if not at else "state")}</th>'
        for at, (column, right) in enumerate(heads)
    )
    if _is_drawn(table):
        cells += f'<th scope="col" class="gauged">{_unseen("place between the limits")}</th>'
    yield f"<thead><tr>{cells}</tr></thead>\n<tbody>"
    for row in rows:
        yield from _row(table, row)
    yield "</tbody></table></div>"
    for said in (*more(table, len(rows), len(table.rows)), table.note):
        if said:
            yield f"<p>{escape(said)}</p>"


def _row(table: Table, row: Row) -> Iterator[str]:
    """A row, headed by its first cell; what is said of it stands in a row below."""
    first, *others = row.cells
    said = _unseen(SAID[row.tone]) if SAID[row.tone] else ""
    cells = [f'<th scope="row">{said}{escape(first)}</th>']
    cells += [
        f"<td{_side(right)}>{escape(cell)}</td>" for cell, right in zip(others, table.right[1:], strict=True)
    ]
    if _is_drawn(table):
        cells.append(f'<td class="gauged">{_gauge(row.picture.at) if row.picture else ""}</td>')
    yield f'<tr class="{row.tone}">{"".join(cells)}</tr>'
    if row.notes:
        notes = "<br>".join(escape(text) for text in row.notes)
        yield f'<tr class="notes"><td colspan="{len(cells)}"><div>{notes}</div></td></tr>'


def _is_drawn(table: Table) -> bool:
    return any(row.picture for row in table.rows)


def _gauge(at: float) -> str:
    """Where a number stands between its limits, -1 to 1; it shows what the cells say."""
    left, width = min(at, 0.0), abs(at)
    return (
        '<svg class="gauge" viewBox="-1.05 0 2.1 0.3" aria-hidden="true">'
        f'<rect class="bar" x="{left:.3f}" y="0.06" width="{width:.3f}" height="0.18"/>'
        '<path d="M-1 0V0.3M0 0V0.3M1 0V0.3"/></svg>'
    )


def _side(right: bool) -> str:
    return ' class="number"' if right else ""


def _unseen(text: str) -> str:
    return f'<span class="unseen">{escape(text)}</span>'


def _note(note: Note) -> str:
    return f"<strong>{SAID[note.tone]}</strong>{escape(note.text)}" if SAID[note.tone] else escape(note.text)


def _value(fact: Fact) -> str:
    if fact.kind == "link" and LINK.fullmatch(fact.value):
        return f'<a href="{escape(fact.value)}" rel="noreferrer">{escape(fact.value)}</a>'
    return f"<code>{escape(fact.value)}</code>" if fact.kind in {"command", "hash"} else escape(fact.value)
