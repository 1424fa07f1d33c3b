"""Cases that take turns, so that whatever slows the machine slows all of them."""

import gc
import resource
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks._sheet import Table

Case = Callable[[Path], object]
"""Does the work once, in an empty folder of its own."""

MEGABYTE = 1024**2


@dataclass(frozen=True)
class Run:
    """One turn of one case: seconds, and the bytes of memory at its peak above those at its start.

    `peak` is None where the system doesn't tell (it is read from Linux's /proc). `processor`: its seconds, of
    all threads and ended children, whatever the clock was. `top`: the peak itself, all that the process held.
    """

    seconds: float
    peak: int | None
    processor: float = 0.0
    top: int | None = None


Timings = Mapping[str, Sequence[Run]]


def take_turns(
    cases: Mapping[str, Case], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> Timings:
    """The runs of each case, one per round; every other round goes through the cases backwards.

    `clock` gives seconds: of the wall, or with `time.process_time` of the processor (all threads).
    """
    runs: dict[str, list[Run]] = {name: [] for name in cases}
    for number in range(rounds):
        for name in list(cases)[:: 1 if number % 2 == 0 else -1]:
            runs[name].append(_once(cases[name], clock))
    return runs


def processor() -> float:
    """Seconds of the processor that this process (all threads) and its ended children have used."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def load() -> float:
    """Processes that wanted a processor in the last five minutes, others' too; NaN where nobody tells."""
    try:
        return float(Path("/proc/loadavg").read_text().split()[1])
    except OSError:
        return float("nan")


def ratios(timings: Timings, case: str, base: str) -> list[float]:
    """How many times as long as `base` a case took, in each round."""
    return [one.seconds / other.seconds for one, other in zip(timings[case], timings[base], strict=True)]


def processor_ratios(timings: Timings, case: str, base: str) -> list[float]:
    """How many times as much of the processor as `base` a case took, in each round."""
    return [one.processor / other.processor for one, other in zip(timings[case], timings[base], strict=True)]


def spread(values: Sequence[float]) -> str:
    """The median, and from where to where the values reach."""
    return f"{median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def table(timings: Timings, base: str) -> Table:
    """One line per case: seconds, the ratio to `base` over the rounds, and the memory that it took."""
    columns = ("case", ">seconds, median", f">times “{base}” (all rounds)", ">peak memory, MB")
    rows = []
    for name, runs in timings.items():
        peaks = [run.peak for run in runs if run.peak is not None]
        memory = f"{max(peaks) / MEGABYTE:,.0f}" if peaks else "–"
        ratio = "1" if name == base else spread(ratios(timings, name, base))
        rows.append((name, f"{median(run.seconds for run in runs):.2f}", ratio, memory))
    return Table(columns, rows)


def _once(case: Case, clock: Callable[[], float]) -> Run:
    gc.collect()
    with tempfile.TemporaryDirectory(prefix="ballast-bench-") as folder:
        before, used = _reset_peak(), processor()
        begin = clock()
        case(Path(folder))
        seconds, used = clock() - begin, processor() - used
        after = _memory("VmHWM")
    return Run(seconds, None if before is None or after is None else after - before, used, after)


def _reset_peak() -> int | None:
    """Let the peak start again at what is used now; that, in bytes."""
    try:
        Path("/proc/self/clear_refs").write_text("5")  # proc(5): resets VmHWM
    except OSError:
        return None
    return _memory("VmRSS")


def _memory(field: str) -> int | None:
    """A field of /proc/self/status, in bytes."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))
