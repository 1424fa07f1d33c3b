"""What `exchange_calendars` knows of an exchange, kept in HOME: the library takes a second to import.

A file holds one exchange, as one version of the library knows it. It is only a copy: whoever removes it
loses a second, and a day that it does not reach is asked of the library.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from quant.errors import InputError

LATER = {"XTAE": date(2026, 1, 5)}
"""Where the library knows a calendar from a later day on and does not say so: the week had other days."""
LONGEST_REASON = 200
RECENT = date(1990, 1, 1)
"""What most questions are about: the days before are worked out only when one of them is asked for."""
FORMAT = 2
"""Of the files, and of what this module makes of the library's answers: the next one reads none of before."""
_EPOCH = date(1970, 1, 1).toordinal()
_NOT_A_TIME = -(2**63)
_START = datetime(1970, 1, 1, tzinfo=UTC)
_homes: list[Path] = []


@dataclass(frozen=True, eq=False)
class ExchangeFacts:
    """Sessions and hours of one exchange.

    `days` counts days since 1970-01-01, `opens` and `closes` minutes since then, UTC, one of each for a
    session; `breaks` has the place of each session with a break, from 0, and its begin and end in minutes.
    `opens_at` and `closes_at` are the local times of today's rules, `open_offset` and `close_offset` days
    from the session (-1: it opens on the evening before).
    """

    own_name: str
    zone: str
    days: Sequence[int]
    opens: Sequence[int]
    closes: Sequence[int]
    breaks: Sequence[Sequence[int]]
    opens_at: str
    closes_at: str
    open_offset: int
    close_offset: int

    @cached_property
    def sessions(self) -> tuple[date, ...]:
        """Every session, in order."""
        return tuple(date.fromordinal(_EPOCH + day) for day in self.days)

    @cached_property
    def closing(self) -> dict[date, datetime]:
        """The close of each session, UTC."""
        return dict(zip(self.sessions, map(_moment, self.closes), strict=True))

    @cached_property
    def opening(self) -> dict[date, datetime]:
        """The open of each session, UTC."""
        return dict(zip(self.sessions, map(_moment, self.opens), strict=True))

    @cached_property
    def pauses(self) -> dict[date, tuple[datetime, datetime]]:
        """Begin and end of the break of each session that has one, UTC."""
        return {self.sessions[place]: (_moment(begin), _moment(end)) for place, begin, end in self.breaks}

    @property
    def begins(self) -> time:
        """When a session opens, local."""
        return time.fromisoformat(self.opens_at)

    @property
    def ends(self) -> time:
        """When a session closes, local."""
        return time.fromisoformat(self.closes_at)


def _moment(minutes: int) -> datetime:
    return _START + timedelta(minutes=minutes)


def keep_in(home: Path) -> None:
    """Keep what is asked of the library in this HOME, where it exists."""
    _homes[:] = [home]


def facts(name: str, since: date, until: date) -> ExchangeFacts:
    """What is known of an exchange since a day, or since it begins; up to `until`, where anything reaches it.

    Raises:
        InputError: the library cannot build this calendar.
    """
    kept = _kept(name, since)
    if kept is not None and kept.sessions[-1] >= until:
        return kept
    asked = _asked(name, since)
    for file in _files(name, since):
        _keep(file, asked)
    return asked


def is_known(name: str) -> bool:
    """Whether there is an exchange of this name."""
    return _kept(name, RECENT) is not None or name in names()


def names() -> list[str]:
    """The names of every exchange."""
    from exchange_calendars import get_calendar_names  # noqa: PLC0415 - see above

    return list(get_calendar_names())


def own_name(name: str) -> str:
    """What a calendar is called by itself, where `name` is another name of it."""
    kept = _kept(name, RECENT)
    return kept.own_name if kept is not None else _own_name(name)


def _own_name(name: str) -> str:
    import exchange_calendars  # noqa: PLC0415 - see above

    return str(exchange_calendars.resolve_alias(name))


@lru_cache(maxsize=32)
def _kept(name: str, since: date) -> ExchangeFacts | None:
    """What an earlier process has asked; None where none has, or its file is not whole."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        for file in _files(name, since):
            kept = json.loads(file.read_text(encoding="utf-8"))
            if kept["sha256"] == _digest(kept["facts"]):
                return ExchangeFacts(**kept["facts"])
    return None


@lru_cache(maxsize=32)
def _asked(name: str, since: date) -> ExchangeFacts:
    """What the library knows now."""
    return _read(_library(name, since), name)


@lru_cache(maxsize=32)
def _keep(file: Path, found: ExchangeFacts) -> None:
    """Write what the library knows for the next process; one that cannot read it asks again."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{uuid4().hex}")
        own = {field.name: getattr(found, field.name) for field in fields(found)}
        kept = {"sha256": _digest(own), "facts": own}
        part.write_text(json.dumps(kept), encoding="utf-8")
        part.replace(file)


def _digest(facts: Mapping[str, object]) -> str:
    """What tells a file that a disk or a hand has changed."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


@cache
def _folder() -> str:
    """What is kept is of one version of the library; reading its metadata takes about 5 ms."""
    return f"exchange_calendars-{version('exchange_calendars')}-{FORMAT}"


def _files(name: str, since: date) -> list[Path]:
    """Where an exchange is kept; nowhere without a HOME."""
    file = f"{quote(name, safe='')}-{since}.json"
    return [home / "cache" / _folder() / file for home in _homes if home.is_dir()]


def _read(library: Any, name: str) -> ExchangeFacts:
    pauses = zip(_minutes(library.break_starts), _minutes(library.break_ends), strict=True)
    return ExchangeFacts(
        own_name=_own_name(name),
        zone=str(library.tz),
        days=library.sessions.to_numpy().astype("datetime64[D]").astype(int).tolist(),
        opens=_minutes(library.opens),
        closes=_minutes(library.closes),
        breaks=[[place, *pause] for place, pause in enumerate(pauses) if pause[0] != _NOT_A_TIME],
        opens_at=library.open_times[-1][1].isoformat(),
        closes_at=library.close_times[-1][1].isoformat(),
        open_offset=int(library.open_offset),
        close_offset=int(library.close_offset),
    )


def _minutes(instants: Any) -> list[int]:
    """Minutes since 1970, UTC; _NOT_A_TIME for what is none."""
    minutes: list[int] = instants.dt.tz_localize(None).to_numpy().astype("datetime64[m]").astype(int).tolist()
    return minutes


def _library(name: str, since: date) -> Any:
    from exchange_calendars.errors import InvalidCalendarName  # noqa: PLC0415 - see above

    try:
        return _build(name, since)
    except (InvalidCalendarName, ValueError, NotImplementedError) as error:
        # Not every calendar that there is works with every pandas; some errors list every date there is.
        reason = re.sub(r"\s+", " ", str(error))
        if len(reason) > LONGEST_REASON:
            reason = f"{reason[:LONGEST_REASON]}..."
        raise InputError(
            f"calendar {name!r} cannot be built by exchange_calendars ({reason}): choose another one."
        ) from error


def _build(name: str, since: date) -> Any:
    from exchange_calendars import get_calendar  # noqa: PLC0415 - see above
    from pandas import Timestamp  # noqa: PLC0415

    start = Timestamp(max(since, LATER.get(_own_name(name), since)))
    try:
        return get_calendar(name, start=start)
    except ValueError:  # some exchanges' holidays are recorded from a later year on
        recorded = type(get_calendar(name)).bound_min()
        if recorded is None:
            raise
        return get_calendar(name, start=max(start, recorded))
