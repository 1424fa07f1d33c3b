"""What is written to a terminal, without what a text from outside would make a terminal do."""

import logging
from collections.abc import Iterable

import rich.console
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment

from quant.printable import printable


class Console(rich.console.Console):
    """Rich's console; a letter that no person can see or that a terminal obeys is shown as one sign."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Rich's segments, their texts printable; its own control codes stay."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            yield segment if control or text.isprintable() else Segment(printable(text), style, control)


class PrintableFormatter(logging.Formatter):
    """Log lines whose texts may come from a vendor."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, printable."""
        return printable(super().format(record))
