"""`ballast watch`: a session's minute bars, as the crash watch sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from flows.commands.options import Home, Json, day
from quant.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from rich.text import Text

    from tasks.context.context import Context
    from tasks.watch.minutes import Seen
    from tasks.watch.replayed import Replayed

COLOURS = {"critical": "bold red", "warning": "yellow"}


def watch(
    portfolio: Annotated[
        str, typer.Option("--portfolio", help="A portfolio's name, a file ending in .toml, or all.")
    ] = "all",
    replay: Annotated[
        str | None, typer.Option("--replay", metavar="DATE", help="Play a past session; nobody is told.")
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Look at the session so far and end; nobody is told.")
    ] = False,
    at: Annotated[
        str | None, typer.Option("--at", metavar="INSTANT", help="Only up to then: 2019-12-17T20:00Z.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="yfinance or files:PATH, with minute bars.")
    ] = None,
    calendar: Annotated[
        str | None, typer.Option("--calendar", help="The exchange; default: that of the first portfolio.")
    ] = None,
    speed: Annotated[
        float,
        typer.Option("--speed", help="With --replay: minutes played in a minute; 0: no pause."),
    ] = 0.0,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Watch a session's minute bars for crashes and tell the portfolios' channels, until the close.

    Example: ballast watch --replay 2019-12-17 --source files:minutes/
    """
    from config import settings
    from flows.commands import calls

    _refuse(replay=replay, once=once, at=at, speed=speed)
    moment = None if at is None else _instant(at)
    context = calls.context(settings.load(home), "ballast watch")
    names = calls.all_names(context) if portfolio == "all" else [portfolio]
    if replay or once:
        from tasks.watch import replayed

        session = None if replay is None else day("--replay", replay)
        shown = _Shown(context, speed, as_json)
        found = replayed.replay(
            context, names, session=session, at=moment, source=source, calendar=calendar, each=shown.minute
        )
        _print(found, as_json)
        return
    _live(context, names, source, calendar, as_json)


def _refuse(*, replay: str | None, once: bool, at: str | None, speed: float) -> None:
    """Refuse options that do not go together. Raises InputError."""
    if speed < 0:
        raise InputError(f"--speed {speed:g}: write 0 (no pause) or a number of minutes, such as 60.")
    if replay and once:
        raise InputError("--replay and --once exclude each other: --replay DATE --at INSTANT plays a part.")
    if (at or speed) and not (replay or once):
        raise InputError("--at and --speed belong to --replay or --once.")


def _instant(text: str) -> datetime:
    from tasks.context.instants import read_instant

    moment = read_instant(text)
    if moment is None:
        raise InputError(f"--at {text!r}: write an instant with its offset, such as 2019-12-17T20:00Z.")
    return moment


class _Shown:
    """Prints each minute's changes as they come; with `speed`, in that many minutes a minute."""

    def __init__(self, context: Context, speed: float, as_json: bool) -> None:
        self.context, self.speed, self.as_json = context, speed, as_json

    def minute(self, _: datetime, changes: list[Seen]) -> None:
        """One minute has been played."""
        if self.speed:
            self.context.sleep(60 / self.speed)
        if not self.as_json and changes:
            _write(_lines(changes))


def _print(found: Replayed, as_json: bool) -> None:
    from flows.terminal.answers import answer

    answer(as_json, _document(found), _summary(found))


def _document(found: Replayed) -> dict[str, object]:
    """What was seen, for a program."""
    return {
        "calendar": found.wanted.calendar.name, "session": found.wanted.session, "source": found.source,
        "symbols": found.wanted.symbols, "minutes": found.minutes, "is_over": found.is_over,
        "bars": found.counts,
        "errors": {one.symbol: one.error for one in found.errors},
        "falls": [
            {
                "at": one.at, "fired_at": one.fired_at,
                **{name: getattr(one.fall, name) for name in (
                    "kind", "symbol", "change", "severity", "confirmed", "peak", "trough", "price", "move",
                    "depth", "recovered", "duration", "tests", "vetoes", "with_market",
                )},
            }
            for one in found.seen
        ],
    }  # fmt: skip


def _summary(found: Replayed) -> Iterator[Text]:
    from rich.text import Text

    from tasks.context.words import count, some

    fired = [one for one in found.seen if one.fall.change == "fired"]
    worst = {one.fall.symbol: one.fall.severity for one in found.seen if one.fall.confirmed}
    critical = sum(severity == "critical" for severity in worst.values())
    so_far = "" if found.is_over else " so far"
    yield Text(
        f"{found.wanted.calendar.name} {found.wanted.session}: {count(found.minutes, 'minute')}{so_far}, "
        f"{count(len(found.wanted.symbols), 'symbol')}, {count(len(fired), 'fall')}, "
        f"{critical} confirmed critical."
    )
    dropped = {
        "late": found.counts.late, "repeated": found.counts.repeated, "without a price": found.counts.invalid,
    }  # fmt: skip
    said = [f"{number:,} {what}" for what, number in dropped.items() if number]
    yield Text(f"Bars: {found.counts.taken:,} used{''.join(f', {one}' for one in said)}.")
    if found.errors:
        yield Text(f"No minute bars: {some([f'{one.symbol} ({one.error})' for one in found.errors])}.")


def _lines(changes: list[Seen]) -> Iterator[Text]:
    from rich.text import Text

    from tasks.context.words import share

    for one in changes:
        fall = one.fall
        what = fall.symbol or "the market"
        doubt = "" if fall.confirmed else f", unconfirmed: {'; '.join(fall.vetoes)}"
        back = f", {share(max(0.0, fall.recovered))} recovered" if fall.change == "resolved" else ""
        yield Text.assemble(
            f"{one.at:%H:%M} UTC  ", (fall.severity, COLOURS.get(fall.severity, "")),
            f" {fall.change}: {what} fell {share(fall.depth)}{back}{doubt}",
        )  # fmt: skip


def _write(lines: Iterator[Text]) -> None:
    from flows.terminal.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(line)


def _live(
    context: Context, names: Sequence[str], source: str | None, calendar: str | None, as_json: bool
) -> None:
    """Watch today's session until its close."""
    from flows.terminal.answers import answer
    from tasks.watch import today

    done = today.watch(context, names, source, calendar)
    answer(as_json, {"watch": done}, [today.words(done)])
