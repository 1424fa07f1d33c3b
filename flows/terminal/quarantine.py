"""Rejected rows as a person reads them who is to decide."""

from collections.abc import Iterator, Mapping, Sequence

from rich.text import Text

from tasks.context.words import number
from tasks.data.quarantine import SHORT, name
from warehouse.decisions import Quarantined
from warehouse.history import FIELDS


def listing(rows: Sequence[Quarantined], *, every: bool) -> Iterator[Text]:
    """The rows, and what can be done with them."""
    if not rows:
        yield Text("No row was ever quarantined." if every else "No row waits for a decision.")
        return
    for row in rows:
        yield from entry(row)
    if any(row.decision is None for row in rows):
        yield Text("Decide: ballast data quarantine accept|reject ID... --reason TEXT", style="dim")


def entry(row: Quarantined) -> Iterator[Text]:
    """One row: its id, what it is of, its values, the rules that it broke, and the decision."""
    yield Text.assemble((row.id[:SHORT], "bold"), f"  {name(row)}  ", (row.source, "dim"))
    yield Text(f"    {values(row)}")
    for broken in row.rules:
        value = "" if broken.value is None else f" ({number(broken.value)})"
        words = f": {broken.words}" if broken.words else ""
        yield Text(f"    broke {broken.rule}{value}{words}", style="yellow")
        if broken.proposed:
            repair = ", ".join(f"{field} {number(right)}" for field, right in broken.proposed.items())
            yield Text(f"    the certain repair: {repair}", style="yellow")
    times = "once" if row.deliveries == 1 else f"{row.deliveries} times"
    yield Text(
        f"    since {row.since:%Y-%m-%d %H:%M} UTC, delivered {times}; batch {row.last_batch}", style="dim"
    )
    if row.decision:
        colour = "green" if row.decision == "accepted" else "red"
        yield Text(f"    {decision(row)}", style=colour)


def values(row: Quarantined) -> str:
    """A bar's prices and volume, or an action's amount."""
    if row.table_name == "actions":
        return f"{row.kind or 'an action'} {number(row.amount)}"
    return bar({field: getattr(row, field) for field in FIELDS})


def bar(values: Mapping[str, float | None]) -> str:
    """What is given of a bar's prices and volume."""
    return ", ".join(f"{field} {number(value)}" for field, value in values.items() if value is not None)


def decision(row: Quarantined) -> str:
    """What was decided, by whom, when and why."""
    return f"{row.decision} by {row.decided_by} on {row.decided_at:%Y-%m-%d %H:%M} UTC: {row.reason}"
