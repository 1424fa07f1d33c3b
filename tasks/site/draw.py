"""Drawing the pictures of pages, when somebody wants to see them.

Vega takes a second to start, so a day does not draw: it leaves the charts beside the page, which says in
words what they show.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from tasks.context.context import Context
from tasks.report.files.drawing import svg
from tasks.report.files.pictures import Picture
from tasks.report.formats.html import PLACE
from tasks.site.place import alone, folder, page_of, undrawn_of
from warehouse.database.files import write_atomically

log = logging.getLogger(__name__)
CHARTS = TypeAdapter(list[Picture])


def undrawn(home: Path) -> list[str]:
    """The runs whose pages have no pictures yet, the newest session first."""
    return sorted((file.stem for file in (folder(home) / ".undrawn").glob("*.json")), reverse=True)


def draw(context: Context, run_id: str) -> bool:
    """Draw the pictures of a run's page; whether the page has changed.

    A picture that cannot be drawn is logged, and its words stay. Who writes the page meanwhile is not
    overwritten.

    Raises:
        WarehouseError: somebody else writes pages for too long.
        OSError: the page cannot be read or written.
    """
    waiting = undrawn_of(context.home, run_id)
    if not waiting.exists():
        return False
    left = waiting.read_bytes()
    drawn = dict(_drawn(left, run_id))
    with alone(context):
        if not waiting.exists() or waiting.read_bytes() != left:
            return False
        file = page_of(context.home, run_id)
        if not file.exists():  # somebody has removed it
            waiting.unlink()
            return False
        page = file.read_text(encoding="utf-8")
        for name, picture in drawn.items():
            page = page.replace(PLACE.format(name), picture)
        write_atomically(file, page)
        waiting.unlink()
    return True


def _drawn(left: bytes, run_id: str) -> Iterator[tuple[str, str]]:
    """Each picture by its name."""
    try:
        charts = CHARTS.validate_json(left)
    except ValidationError:
        log.exception("the charts of run %s cannot be read", run_id)
        return
    for one in charts:
        try:
            yield one.name, svg(one)
        except Exception:  # a picture holds up nothing
            log.exception("the picture %s of run %s could not be drawn", one.name, run_id)
