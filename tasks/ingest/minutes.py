"""From a delivery of minute bars to the tables of a staging file: each bar gets its session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import groupby

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from config.calendars import Calendar
from tasks.sources import Delivery

MINUTE = np.timedelta64(60, "s")
Instants = npt.NDArray[np.datetime64]
Stretch = tuple[date, datetime, datetime]
"""Session, begin and end (UTC) of a time in which an exchange trades."""


@dataclass(frozen=True)
class Hours:
    """When an exchange trades in some sessions, which stand in order; at least one."""

    calendar: Calendar
    days: Sequence[date]

    @cached_property
    def stretches(self) -> list[Stretch]:
        """In order; two of a session with a break."""
        return [(day, *hours) for day in self.days for hours in self.calendar.hours(day)]

    @property
    def span(self) -> tuple[datetime, datetime]:
        """From the begin of the first of these days, as the exchange has it, to the end of the last one."""
        ends = self.days[0], self.days[-1] + timedelta(days=1)
        first, last = (datetime.combine(day, time(), self.calendar.zone).astimezone(UTC) for day in ends)
        return min(first, self.stretches[0][1]), max(last, self.stretches[-1][2])

    def until(self, now: datetime) -> list[Stretch]:
        """The stretches, as far as their minutes have ended at an instant."""
        last = now.replace(second=0, microsecond=0)
        return [(day, begin, min(end, last)) for day, begin, end in self.stretches if begin < last]

    def minutes(self, now: datetime) -> dict[date, Instants]:
        """The begins of all minutes that have ended, by session (UTC)."""
        return {
            day: np.concatenate([_every_minute(begin, end) for _, begin, end in own])
            for day, own in groupby(self.until(now), key=lambda stretch: stretch[0])
        }

    def sessions(self, instants: Instants) -> npt.NDArray[np.datetime64]:
        """The session of each instant (UTC): the one that trades then, else the day of the exchange."""
        days, begins, ends = zip(*self.stretches, strict=True)
        starts, stops = (np.array([naive(one) for one in side], "datetime64[us]") for side in (begins, ends))
        place = np.searchsorted(starts, instants, side="right") - 1
        found = np.array(days, "datetime64[D]")[place]
        outside = (place < 0) | (instants >= stops[place])
        moments, number = np.unique(instants[outside], return_inverse=True)
        local = [self.calendar.day_of(moment.replace(tzinfo=UTC)) for moment in moments.tolist()]
        found[outside] = np.array(local, "datetime64[D]")[number]
        return found


@dataclass(frozen=True)
class Staged:
    """The staging tables of minute bars by name, and how many bars were left out: their minute runs."""

    tables: dict[str, pa.Table]
    running: int


def stage(delivery: Delivery, symbols: Sequence[str], hours: Hours, now: datetime) -> Staged:
    """What is to be checked of a delivery at the instant of its arrival.

    Bars of other days than those of `hours` are left out: nobody has asked for them.
    """
    instants = delivery.bars["instant"].to_numpy().astype("datetime64[us]")
    sessions, arrival = hours.sessions(instants), np.datetime64(naive(now))
    running = (instants <= arrival) & (instants.astype("datetime64[m]") + MINUTE > arrival)
    first, last = (np.datetime64(day) for day in (hours.days[0], hours.days[-1]))
    asked = np.flatnonzero(~running & (sessions >= first) & (sessions <= last))
    bars = delivery.bars.take(pa.array(asked)).drop(["instant"])
    columns = {
        "instant": instants[asked], "session": sessions[asked], "row_id": np.arange(len(asked)),
        "copies": _copies(bars, instants[asked]),
    }  # fmt: skip
    for name, values in columns.items():
        bars = bars.append_column(name, pa.array(values))
    calendar = hours.calendar.name
    traded = [
        {"calendar": calendar, "session": day, "begins": naive(begin), "ends": naive(end)}
        for day, begin, end in hours.until(now)
    ]
    coverage = pa.table({"symbol": symbols, "calendar": [calendar] * len(symbols)})
    tables = {"minutes": bars, "coverage": coverage}
    return Staged(tables | ({"hours": pa.Table.from_pylist(traded)} if traded else {}), int(running.sum()))


def _every_minute(begin: datetime, end: datetime) -> Instants:
    return np.arange(np.datetime64(naive(begin)), np.datetime64(naive(end)), MINUTE)


def naive(moment: datetime) -> datetime:
    """An instant as its UTC without a zone, as DuckDB and numpy have it."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _copies(bars: pa.Table, instants: Instants) -> npt.NDArray[np.int64]:
    """How often each row's symbol and instant are delivered."""
    owner = bars["symbol"].combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    _, moment = np.unique(instants, return_inverse=True)
    _, place, count = np.unique((owner << 32) + moment, return_inverse=True, return_counts=True)
    copies: npt.NDArray[np.int64] = count[place]
    return copies
