"""Data Docs: a page for each batch and an index of the newest, for a person who decides whether to trust it.

The pages carry their own style and load nothing, so they open without a network and tell nobody.
"""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock
from jinja2 import Environment, PackageLoader, StrictUndefined

from expectations.verdict import Connection, Outcome
from quant.errors import BallastError
from quant.printable import printable

LISTED = 100  # batches on the index; the pages of older ones stay where they are
SAMPLE = 10  # failing rows shown for a rule


def _shown(value: object) -> object:
    """What a template shows of a value: a text from outside turns no line of a page around."""
    return printable(value) if type(value) is str else value


_TEMPLATES = Environment(
    loader=PackageLoader("expectations"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=_shown,
)


def _count_of(number: int, noun: str) -> str:
    """2 and "row" → "2 rows"."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _sentence(text: str) -> str:
    """The text with a capital at the front and a full stop behind, otherwise as it is."""
    return f"{text[0].upper()}{text[1:]}."


def _cell(value: object) -> str:
    """A value of a failing row: absent is empty, a number keeps the digits that a vendor gives."""
    if value is None:
        return ""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


_TEMPLATES.filters.update(count_of=_count_of, sentence=_sentence, cell=_cell)


@dataclass(frozen=True)
class Entry:
    """One line of the index. `asked` symbols, delivered `bars`, and `rejected` rows (a row counts once)."""

    batch: str
    session: str
    asked: int
    bars: int
    rejected: int
    stale: int
    held: str | None


def publish(
    connection: Connection, where: Path, batch: str, held: str | None, outcomes: Sequence[Outcome]
) -> Path:
    """Writes the page of `batch` and the index; returns the page. Each file appears whole or not at all.

    Two processes may publish at once: each writes its own page, and the index is made from what is on disk.

    Raises:
        BallastError: they cannot be written.
    """
    try:
        return _publish(connection, where, batch, held, outcomes)
    except OSError as error:
        raise BallastError(
            f"the pages in {where} cannot be written ({error.strerror}): free some space there, "
            "or let whoever runs Ballast write to them, and run the command again."
        ) from None


def _publish(
    connection: Connection, where: Path, batch: str, held: str | None, outcomes: Sequence[Outcome]
) -> Path:
    folder = where / "batches"
    folder.mkdir(parents=True, exist_ok=True)
    entry = _entry(connection, batch, held, outcomes)
    samples = {
        (outcome.table, outcome.rule): _sample(connection, outcome)
        for outcome in outcomes
        if outcome.failed and not outcome.problems
    }
    tables = {table: [found for found in outcomes if found.table == table] for table in _tables(outcomes)}
    page = folder / f"{batch}.html"
    _write(page, _render("batch.html", entry=entry, tables=tables, samples=samples))
    _write(folder / f"{batch}.json", json.dumps(asdict(entry)))
    with FileLock(where / ".index.lock"):  # an index made earlier must not replace one made later
        _write(where / "index.html", _index(folder))
    return page


def _tables(outcomes: Sequence[Outcome]) -> list[str]:
    return list(dict.fromkeys(outcome.table for outcome in outcomes))


def _entry(connection: Connection, batch: str, held: str | None, outcomes: Sequence[Outcome]) -> Entry:
    """The batch in numbers. Its session is unknown where `coverage` is not even a coverage table."""
    checked = {outcome.table: outcome.checked for outcome in outcomes}
    shapeless = {outcome.table for outcome in outcomes if outcome.rule == "columns" and outcome.failed}
    session = "unknown"
    if "coverage" not in shapeless:
        query = "select coalesce(max(session)::varchar, 'unknown') from coverage"
        (session,) = connection.execute(query).fetchone()
    query = """
        select count(distinct (table_name, row_id)) filter (table_name <> 'coverage'),
            count(*) filter (table_name = 'coverage')
        from rejected"""
    rejected, stale = connection.execute(query).fetchone()
    return Entry(batch, session, checked["coverage"], checked["bars"], rejected, stale, held)


def _sample(connection: Connection, outcome: Outcome) -> dict[str, Any]:
    """Some rows that break a rule, newest first: {"columns": names, "rows": tuples}; first what is wrong."""
    query = f"""
        select rejected.value as broken, staged.* exclude (row_id)
        from rejected join {outcome.table} as staged using (row_id)
        where rejected.table_name = ? and rejected.rule = ?
        order by rejected.session desc nulls first, row_id limit {SAMPLE}"""  # noqa: S608 - proof: a suite names its table
    found = connection.execute(query, [outcome.table, outcome.rule])
    return {"columns": [column[0] for column in found.description], "rows": found.fetchall()}


def _index(folder: Path) -> str:
    """The index page: the newest batches in `folder`, and how many more there are."""
    files = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    entries = [Entry(**json.loads(file.read_text())) for file in files[:LISTED]]
    return _render("index.html", entries=entries, older=len(files) - len(entries))


def _render(template: str, **values: object) -> str:
    return _TEMPLATES.get_template(template).render(**values)


def _write(path: Path, text: str) -> None:
    """Replaces a file at once: a reader sees the old text or the new, never half of it."""
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, prefix=f".{path.name}.", encoding="utf-8", delete=False
    ) as file:
        file.write(text)
    Path(file.name).replace(path)
