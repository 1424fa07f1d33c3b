"""What a person sees while a command works."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from flows.terminal.console import Console

if TYPE_CHECKING:
    from tasks.context.context import Progress as Watch


class _Rate(ProgressColumn):
    """How many a second; rich shows a speed only where the total is unknown."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.1f}/s" if speed else "")


@contextmanager
def watching(visible: bool) -> Iterator[Watch]:
    """Progress on standard error while the block works; nothing where nobody can see it."""
    console = Console(stderr=True)
    if not (visible and console.is_terminal):
        yield lambda *_: None
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("Starting", total=None)
        yield lambda what, done, of: progress.update(task, description=what, completed=done, total=of)
