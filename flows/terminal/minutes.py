"""Minute bars as a table: a line for each symbol and session."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.text import Text

from tasks.data.minutes import Brought, Found, SessionMinutes, Stretch

SHOWN = 3  # stretches of missing minutes


def render(brought: Brought, found: Found) -> Iterator[Text]:
    """What is stored, what the fetch changed, and what was rejected or failed."""
    zone = ZoneInfo(found.zone)
    width = max([len("symbol"), *(len(row.symbol) for row in found.sessions)])
    yield Text(f"{found.source}, {found.calendar}, times in {found.zone}", style="bold")
    yield Text(f"{'symbol':{width}}  session        minutes  first  last   missing", style="dim")
    for row in found.sessions:
        count = f"{row.minutes} of {row.expected}"
        first, last = (f"{_clock(moment, zone) if moment else '-':5}" for moment in (row.first, row.last))
        line = f"{row.symbol:{width}}  {row.session}  {count:>11}  {first}  {last}  {_missing(row, zone)}"
        yield Text(line.rstrip(), style="" if row.minutes else "red")
    yield Text(
        f"{brought.rows_new:,} new minutes, {brought.rows_restated:,} restated, "
        f"{brought.rows_quarantined:,} newly quarantined"
        + (f"; {brought.running:,} left out because their minute had not ended." if brought.running else ".")
    )
    for one in brought.quarantined:
        rows = "1 row" if one.rows == 1 else f"{one.rows:,} rows"
        since = f", the first at {_clock(one.first, zone)}" if one.first else ""
        what = f"  {one.symbol} {one.session}: {rows} broke {one.rule}{since}"
        yield Text(f"{what}: {one.words}", style="yellow")
    for error in brought.errors:
        yield Text(f"  {error.symbol}: {error.kind}: {error.error}", style="yellow")


def _missing(row: SessionMinutes, zone: ZoneInfo) -> str:
    """The longest stretches, in the order of the day."""
    if not row.missing:
        return "none"
    shown = sorted(sorted(row.missing, key=lambda one: -one.minutes)[:SHOWN], key=lambda one: one.first)
    stretches = ", ".join(_stretch(one, zone) for one in shown)
    rest = sum(one.minutes for one in row.missing) - sum(one.minutes for one in shown)
    return f"{stretches} and {rest} more" if rest else stretches


def _stretch(one: Stretch, zone: ZoneInfo) -> str:
    first, last = _clock(one.first, zone), _clock(one.last, zone)
    return first if one.minutes == 1 else f"{first}-{last}"


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%H:%M}"
