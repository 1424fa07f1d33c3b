"""The benchmarks work, at sizes that a test can afford. No test says how fast anything must be."""

import subprocess
import sys
from pathlib import Path

import pytest

import benchmarks
from benchmarks._sheet import Sheet, Table, as_markdown
from benchmarks._timing import Run, ratios, spread, table, take_turns
from quant.plugins import discover

ROOT = Path(__file__).parents[2]
OF_THEIR_OWN = {"deliveries", "vendor_faults"}  # their tests beside this file run the same code in full
QUICK = {"dirty_data"}
MEASUREMENTS = [
    pytest.param(name, marks=[] if name in QUICK else [pytest.mark.long])
    for name in sorted(discover(benchmarks).keys() - OF_THEIR_OWN)
]


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_every_measurement_works(name: str) -> None:
    # A process of its own, as `make bench` is: measurements start servers and read the environment.
    found = subprocess.run(
        [sys.executable, "-m", "benchmarks", name, "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    assert "Wrote" not in found.stdout


def test_cases_take_turns_there_and_back() -> None:
    order: list[str] = []
    cases = {"a": lambda _: order.append("a"), "b": lambda _: order.append("b")}
    timings = take_turns(cases, 3)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert {name: len(runs) for name, runs in timings.items()} == {"a": 3, "b": 3}


def test_each_case_starts_in_an_empty_folder_that_is_gone_afterwards() -> None:
    seen: list[Path] = []

    def case(folder: Path) -> None:
        assert list(folder.iterdir()) == []
        (folder / "file").touch()
        seen.append(folder)

    take_turns({"case": case}, 2)
    assert len(set(seen)) == 2
    assert not any(folder.exists() for folder in seen)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the system tells no peak of memory")
def test_the_peak_of_memory_is_seen() -> None:
    (run,) = take_turns({"case": lambda _: bytearray(b"x") * 50_000_000}, 1)["case"]
    assert run.peak is not None
    assert 45_000_000 < run.peak < 80_000_000


def test_ratios_are_taken_within_each_round() -> None:
    timings = {
        "base": [Run(1, None), Run(4, None), Run(2, None)],
        "case": [Run(3, None), Run(8, None), Run(2, None)],
    }
    assert ratios(timings, "case", "base") == [3, 2, 1]
    assert spread([3, 2, 1]) == "2.00 (1.00 to 3.00)"
    assert table(timings, "base").rows == [
        ("base", "2.00", "1", "–"),
        ("case", "3.00", "2.00 (1.00 to 3.00)", "–"),
    ]


def test_a_sheet_becomes_a_section_of_a_page() -> None:
    sheet = Sheet("Title", ["Words.", Table(("case", ">seconds"), [("a", "1.0")])])
    assert as_markdown(sheet) == "## Title\n\nWords.\n\n| case | seconds |\n| --- | ---: |\n| a | 1.0 |\n"
