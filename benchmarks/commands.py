"""Each quick command against a Python that imports the libraries which all of them rest on."""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks._sheet import Sheet
from benchmarks._timing import Case, processor, table, take_turns

PAGE = "benchmarks.md"
ROUNDS = 5
BARE = "import duckdb, numpy, rich, typer, pydantic"
RUN = "import sys; from flows.commands.cli import main; main()"
COMMANDS = {
    "ballast --help": ("--help",),
    "ballast runs": ("runs",),
    "ballast show latest": ("show", "latest"),
    "ballast explain latest": ("explain", "latest"),
    "ballast data status": ("data", "status"),
    "ballast approve (refused: expired)": ("approve", "latest", "SPY", "--by", "Ada", "--reason", "agreed"),
    "ballast ledger verify": ("ledger", "verify"),
}
ABOUT = """Each command runs in a process of its own, on the HOME of `ballast demo`, with compiled byte
code. *Bare* is a Python process that imports duckdb, numpy, rich, typer and pydantic, and ends. Seconds are
processor time of the child process.

The aim is twice bare. Three commands stay above it, and this is why. `show` makes 132 frozen dataclasses
(0.54 ms each with Python 3.11, together 0.07 s) and 76 pydantic models (0.06 s), opens the file (0.015 s) and
runs 38 queries (0.04 s). `approve` loads 45 modules more, for the ledger. `explain` decides the run again: it
loads 291 modules of Ballast and pyarrow (0.06 s)."""


def measure(*, quick: bool) -> Sheet:
    """The bare imports and every command, taking turns."""
    with tempfile.TemporaryDirectory(prefix="ballast-bench-") as folder:
        home = Path(folder)
        _run("-c", RUN, "demo", "--home", str(home))
        own = ("--home", str(home / "demo"))
        cases: dict[str, Case] = {"bare": lambda _: _run("-c", BARE)}
        for name, argv in COMMANDS.items():
            cases[name] = _case(argv if argv == ("--help",) else (*argv, *own))
        take_turns(cases, 1)  # what the first command on a HOME asks for is kept
        timings = take_turns(cases, 1 if quick else ROUNDS, processor)
    return Sheet("Commands", [ABOUT, table(timings, "bare")])


def _case(argv: Sequence[str]) -> Case:
    return lambda _: _run("-c", RUN, *argv)


def _run(*argv: str) -> None:
    subprocess.run([sys.executable, *argv], capture_output=True, check=False)
