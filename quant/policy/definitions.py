"""What computes a run, where it may change: kept with the run, so that a replay by later code does the same.

Two things change: which plug-ins there are, and what a definition means. A definition that changes gets the
next number in `CHANGED`, and its old meaning stays beside the new one:

    CHANGED = {"sizing": 2}
    ...
    if book.definitions.of("sizing") < 2: ...
"""

from collections.abc import Mapping
from importlib import import_module

from pydantic import Field

from quant import scenarios
from quant.plugins import discover, names
from quant.policy.policy import Move, Strict

PACKAGES = ("allocation", "checks", "faults", "signals", "triggers", "volatility")
"""The packages of plug-ins beside this file, but for the scenarios, whose moves are kept too."""

CHANGED: Mapping[str, int] = {
    "sizing": 2,  # small sells pay for nothing, bands are reached, fine ticks; see trading.sizing.before
    "accounts": 2,  # every check in one pass; before, accounts with other limits one by one; accounts.alone
    "alerts": 2,  # read every rejected bar; before, falls that the move bound alone rejected
    "calendars": 2,  # as early as their days are known; before, from 1990 on
    "taxes": 2,  # estimated gains less commissions, wash sales by day of purchase; before, by the tax method
    "unreconciled": 2,  # holds for a step like a split that nobody announced; before, announced ones alone
    "gaps": 3,  # rates have them too; with 2 symbols alone; before, filled forward and held by nothing
}
"""The newest version of each definition that has changed since versions are kept; all began as 1."""


class Definitions(Strict):
    """What a run computes with.

    `plugins` are the names by package and `scenarios` the moves by name; None, or a package that is not
    there: all that there are. `versions` are those of `CHANGED` when the run began.
    """

    plugins: dict[str, tuple[str, ...]] = Field(default={})
    scenarios: dict[str, dict[str, Move]] | None = None
    versions: dict[str, int] = Field(default={})

    def named(self, package: str) -> tuple[str, ...] | None:
        """The plug-ins of a package; None: all that there are."""
        return self.plugins.get(package)

    def of(self, definition: str) -> int:
        """The version of a definition in `CHANGED`; 1 where the run began before it changed."""
        return min(CHANGED[definition], self.versions.get(definition, 1))


NEWEST = Definitions(versions=dict(CHANGED))
"""Whatever there is, by the newest definitions: what computes where no run says otherwise."""


def now() -> Definitions:
    """What a run that begins now computes with, by name."""
    plugins = {package: tuple(names(import_module(f"quant.{package}"))) for package in PACKAGES}
    return Definitions(plugins=plugins, scenarios=shocks(), versions=dict(CHANGED))


def shocks() -> dict[str, dict[str, float]]:
    """Each asset class's move in the scenarios of the files, by name."""
    return {one.NAME: one.MOVES for one in discover(scenarios).values()}
