"""What was moved, for people and for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from flows.terminal.console import Console
from flows.terminal.terminal import print_json

if TYPE_CHECKING:
    from tasks.data.moved import Moved


def moved(done: Moved, as_json: bool) -> None:
    """What was moved where, and which setting says so from now on."""
    if as_json:
        print_json({"schema": 1} | asdict(done))
        return
    console = Console(highlight=False, soft_wrap=True, markup=False)
    rows = sum(table.rows for table in done.tables)
    console.print(f"{done.target} holds all of {done.source}: {rows:,} rows in {len(done.tables)} tables,")
    console.print("the same number and the same digest in each.")
    if done.setting:
        console.print(f'From now on set BALLAST_WAREHOUSE="{done.setting}".')
    else:
        console.print("From now on unset BALLAST_WAREHOUSE.")
    console.print("The old warehouse is as it was: remove it when you no longer need it.")
