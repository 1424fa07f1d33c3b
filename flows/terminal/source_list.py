"""Sources and their settings as lines."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from tasks.data.source_list import SourceRow


def render(rows: Sequence[SourceRow]) -> Iterator[Text]:
    """A line for each source, and one for each setting of its vendor."""
    for row in rows:
        yield Text(row.source, style="bold")
        for one in row.settings:
            state = "set" if one.set else f"default {one.default}"
            yield Text(f"  {one.variable}  {one.meaning} ({state})")
