"""Coverage as a picture in the terminal: a line for each symbol, its history as a bar over time."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise

from rich.text import Text

from tasks.ingest.coverage import Cell, Coverage, Section, Status, cells

SHOWN = 30  # symbols of a section, the worst; the rest is summed up
WIDEST, NARROWEST = 60, 20  # cells of a bar
NAME = 12  # characters of a symbol
LEGEND = "█ complete  ▓ ▒ ░ the fewer, the more is missing  · nothing  × rows wait for a decision"


def render(status: Status, width: int, *, every: bool) -> Iterator[Text]:
    """The sections one below the other, for a terminal of `width` columns; with `every`, all symbols."""
    for section in status.sections:
        yield from _section(section, width, every=every)
        yield Text()
    if status.absent:
        yield Text(f"Nothing is stored of {', '.join(status.absent)}.", style="red")
    waiting = sum(row.quarantined for section in status.sections for row in section.symbols)
    if waiting:
        rows = "row waits" if waiting == 1 else "rows wait"
        yield Text(f"{waiting} {rows} for a decision: ballast data quarantine", style="magenta")
    yield Text(LEGEND, style="dim")


def _section(section: Section, width: int, *, every: bool) -> Iterator[Text]:
    rows = sorted(section.symbols, key=lambda row: (-row.missing - row.quarantined, row.symbol))
    shown = rows if every or len(rows) <= SHOWN else rows[:SHOWN]
    columns = _columns(rows, section.sessions[-1])
    margin = min(NAME, max(len(row.symbol) for row in shown))
    numbers = sum(len(title) + 2 for title, _ in columns)
    room = max(NARROWEST, min(WIDEST, width - margin - 1 - numbers))
    bar = min(room, len(section.sessions))
    yield Text(_title(section), style="bold")
    titles = "".join(f"  {title}" for title, _ in columns)
    yield Text(f"{'':{margin}} {axis(section.sessions, bar):{bar}}{titles}", style="dim")
    for row in shown:
        line = Text(f"{_short(row.symbol):{margin}} ")
        for cell in cells(section, row, bar):
            line.append(*_mark(cell))
        for title, values in columns:
            line.append(f"  {values[row.symbol]:>{len(title)}}")
        yield line
    if len(shown) < len(rows):
        yield Text(_rest(rows[len(shown) :]), style="dim")


def _title(section: Section) -> str:
    first, last = section.sessions[0], section.sessions[-1]
    return (
        f"{section.source}, {section.calendar}: {len(section.symbols):,} symbols, {first} to {last}, "
        f"{len(section.sessions):,} sessions"
    )


def _columns(rows: Sequence[Coverage], newest: date) -> list[tuple[str, dict[str, str]]]:
    """The figures beside the bars, by title (as wide as its numbers); those that say nothing are left out."""
    found = [("sessions", {row.symbol: f"{row.sessions:,}" for row in rows})]
    if any(row.missing for row in rows):
        found.append(("missing", {row.symbol: f"{row.missing:,}" for row in rows}))
    if any(row.last != newest for row in rows):
        found.append(("last      ", {row.symbol: str(row.last) for row in rows}))
    if any(row.versions != row.sessions for row in rows):
        found.append(("versions", {row.symbol: f"{row.versions:,}" for row in rows}))
    if any(row.repaired for row in rows):
        found.append(("repaired", {row.symbol: f"{row.repaired:,}" for row in rows}))
    if any(row.quarantined for row in rows):
        found.append(("waiting", {row.symbol: f"{row.quarantined:,}" for row in rows}))
    return found


def _mark(cell: Cell) -> tuple[str, str]:
    """The sign of a stretch, and its colour: it is understood without."""
    if cell.quarantined:
        return "×", "bold magenta"
    if cell.share is None:
        return " ", ""
    if cell.share == 1:
        return "█", "green"
    if cell.share == 0:
        return "·", "red"
    return ("▓" if cell.share > 2 / 3 else "▒" if cell.share > 1 / 3 else "░"), "yellow"


def _rest(rows: Sequence[Coverage]) -> str:
    missing, waiting = sum(row.missing for row in rows), sum(row.quarantined for row in rows)
    what = f"{missing:,} sessions missing, {waiting:,} rows waiting" if missing or waiting else "all complete"
    return f"… and {len(rows):,} more: {what}. --all shows each."


def _short(symbol: str) -> str:
    return symbol if len(symbol) <= NAME else symbol[: NAME - 1] + "…"


def axis(sessions: Sequence[date], width: int) -> str:
    """Years, months or days where they begin, as many as can be told apart, over `width` cells."""
    place = {day: number * width // len(sessions) for number, day in enumerate(sessions)}
    for label, steps in (("%Y", (1, 2, 5, 10)), ("%Y-%m", (1, 2, 3, 6)), ("%m-%d", (1, 2, 5, 10, 20))):
        begun = [day for before, day in pairwise(sessions)
                 if f"{before:{label}}" != f"{day:{label}}"]  # fmt: skip
        if len(begun) < 2:
            continue
        for step in steps:
            chosen = [day for number, day in enumerate(begun) if _number(day, label, number) % step == 0]
            line = _placed([(place[day], f"{day:{label}}") for day in chosen], width)
            if line is not None:
                return line
    return ""


def _number(day: date, label: str, place: int) -> int:
    """What a step counts: years, months of the year from January = 0, or the day's place."""
    return {"%Y": day.year, "%Y-%m": day.month - 1}.get(label, place)


def _placed(labels: Sequence[tuple[int, str]], width: int) -> str | None:
    """The labels on one line, each at its place; None where two would touch or none is left."""
    line = ""
    for place, text in labels:
        if place + len(text) > width:
            break
        if line and len(line) + 1 > place:
            return None
        line = f"{line:{place}}{text}"
    return line or None
