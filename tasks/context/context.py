"""Where and when a run works: handed to every step beside the run's id."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from config.settings import Settings
from tasks.context.patience import DEFAULT, Patience
from warehouse.backend import Warehouse
from warehouse.engines import warehouse_of

Progress = Callable[[str, int, int], None]
"""Told (what is being done, done, of) while long work goes on."""


@dataclass(frozen=True)
class Context:
    """The settings, the clock, who watches, and how long a failing vendor is waited for.

    `now` stands still in the demo.
    """

    settings: Settings
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    command: str = "ballast"
    progress: Progress = field(default=lambda *_: None)
    patience: Patience = DEFAULT

    @property
    def home(self) -> Path:
        """The folder where everything that Ballast writes lives."""
        return self.settings.home

    @property
    def warehouse(self) -> Warehouse:
        """The warehouse of this HOME."""
        return warehouse_by(self.settings, self.command)


def live(
    settings: Settings,
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
    command: str,
) -> Context:
    """Where and when a run works that is going on now: by the clock of all who share its warehouse."""
    return Context(settings, warehouse_by(settings, command).clock(now), sleep, command)


def warehouse_by(settings: Settings, command: str) -> Warehouse:
    """The warehouse that settings name; others are told of `command`."""
    return warehouse_of(
        settings.home, settings.lock_timeout, command, lake=settings.lake, data=settings.lake_data
    )
