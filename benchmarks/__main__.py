"""Measure, print, and write what was measured in full into its page, whose other sections stay."""

import argparse
import logging
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from os import cpu_count
from pathlib import Path
from types import ModuleType

from rich.console import Console

import benchmarks
from benchmarks._sheet import Sheet, as_markdown, for_terminal
from quant.plugins import discover
from warehouse.database.files import write_atomically

DOCS = Path(__file__).parent.parent / "docs"
LIBRARIES = ("duckdb", "pyarrow", "numpy", "pandas", "great-expectations", "prefect")
HEADS = {
    "benchmarks.md": """# Benchmarks

Made by `make bench`. Seconds depend on the machine. Read the ratios: each compares ways of doing the same
work in the same run.

- The cases take turns, round after round. A ratio is taken within each round. The tables give the median over
  the rounds, and in brackets the smallest and the largest.
- Peak memory is what a case added to the process, child processes not counted.
""",
    "range-shock.md": "# The range shock\n",
    "crash-watch.md": "# The crash watch\n",
    "deliveries.md": "# Deliveries\n",
    "warehouse-stress.md": "# The warehouse under stress\n",
    "vendor-faults.md": "# Vendors that fail\n",
    "risk.md": "# Risk\n",
    "dirty-data.md": "# Dirty data\n",
    "scaling.md": """# Beyond one machine

One machine, one DuckDB file and threads are the default, and enough for most. This page says what each step
beyond it is, what it buys, and what was measured.
""",
}


def main() -> None:
    # It tells of every temporary folder, at a level that it sets itself.
    logging.getLogger("great_expectations").propagate = False
    found = discover(benchmarks)
    options = _options(found)
    sheets: dict[str, Sheet] = {}
    console = Console(width=110)
    for name in options.names or found:
        sheets[name] = found[name].measure(quick=options.quick)
        console.print(for_terminal(sheets[name]))
    if options.quick:
        return
    for page in dict.fromkeys(found[name].PAGE for name in sheets):
        _write(page, [sheet for name, sheet in sheets.items() if page == found[name].PAGE])
        console.print(f"Wrote docs/{page}.")


def _options(found: Mapping[str, ModuleType]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=benchmarks.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[[], *found], help=", ".join(found))
    parser.add_argument("--quick", action="store_true", help="small sizes, one round; nothing is written")
    return parser.parse_args()


def _write(page: str, sheets: list[Sheet]) -> None:
    path = DOCS / page
    sections = _sections(path.read_text(encoding="utf-8")) if path.exists() else {}
    sections |= {sheet.title: f"{as_markdown(sheet)}\n{_machine()}" for sheet in sheets}
    write_atomically(path, "\n".join([HEADS[page], *sections.values()]))
    for sheet in sheets:
        for name, picture in sheet.pictures.items():
            write_atomically(DOCS / name, picture)


def _sections(text: str) -> dict[str, str]:
    """The sections of a page by their titles."""
    parts = text.split("\n## ")[1:]
    return {part.partition("\n")[0]: f"## {part.strip()}\n" for part in parts}


def _machine() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    python = platform.python_version()
    return (
        f"Measured {datetime.now(UTC):%Y-%m-%d} on {cpu_count()} cores with Python {python}, {libraries}.\n"
    )


if __name__ == "__main__":
    main()
