"""What `many` measured, as tables: the ways, what is not parallel, and what follows from that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from statistics import median

from benchmarks._sheet import Table
from benchmarks.portfolios import Shape

ALONE = "one after the other"
MACHINES, CORES, LATER = 8, 2, 10_000
LAW = """**Extrapolated, not measured.** By Amdahl's law and the figures above: what is not parallel stays as
long as it is, the rest is divided by the workers. With any number of workers the day gets at most {most:.2f}
times as fast. DuckDB's file is on one machine: several machines stand for the law alone."""


@dataclass(frozen=True)
class Took:
    """Seconds of one case; `each`: of the processor for each portfolio, where one came after the other."""

    ingest: float
    days: float
    warehouse: float
    end: float
    processor: float
    each: Sequence[float] = ()

    @property
    def whole(self) -> float:
        """From the first request to the copy for readers."""
        return self.ingest + self.days + self.end


def table(cases: Mapping[str, tuple[Took, float]]) -> Table:
    base = cases[ALONE][0].whole
    parts = [one.name for one in fields(Took) if one.name != "each"]
    times = f">times as fast as {ALONE}"
    columns = ("way", *(f">{name}, s" for name in parts), ">whole, s", times, ">load")
    rows = []
    for label, (took, load) in cases.items():
        seconds = (f"{getattr(took, name):.1f}" for name in parts)
        rows.append((label, *seconds, f"{took.whole:.0f}", f"{base / took.whole:.2f}", f"{load:.1f}"))
    return Table(columns, rows)


def growth(each: Sequence[float], alone: Sequence[float], shape: Shape, few: Shape) -> list[str | Table]:
    """What a further portfolio takes among few and among many, and among others with more symbols."""
    rows = [
        (f"{first + 1:,} to {last:,}", f"{1000 * median(each[first:last]):.0f}")
        for first, last in pairwise((0, 10, 100, 1000))
        if last <= len(each)
    ]
    here, there = (1000 * median(values[: few.portfolios]) for values in (each, alone))
    said = (
        f"The first {few.portfolios} portfolios take {here:.0f} ms each where the others watch "
        f"{shape.symbols:,} symbols, and {there:.0f} ms each where all watch the same {few.symbols} symbols "
        "(median, processor)."
    )
    return [Table((">portfolios", ">ms of the processor for a further one, median"), rows), said]


def law(alone: Took, portfolios: int) -> list[str | Table]:
    """What is not parallel, and what follows from it."""
    once = alone.ingest + alone.end
    compute = alone.days - alone.warehouse
    shares = Table(
        ("part, one after the other", ">seconds", ">share", "parallel"),
        [
            (name, f"{seconds:.1f}", f"{seconds / alone.whole:.0%}", said)
            for name, seconds, said in (
                ("ingest", alone.ingest, "no: once"),
                (
                    "units of work, with their commits",
                    alone.warehouse,
                    "no: the file has one writer at a time",
                ),
                ("computing, pages, messages", compute, "yes"),
                ("home page, copy for readers, backup", alone.end, "no: once"),
            )
        ],
    )

    def seconds(of: int, workers: int) -> float:
        return once + of / portfolios * (alone.warehouse + compute / workers)

    cases = (
        (portfolios, CORES, "this machine"),
        (portfolios, MACHINES * CORES, f"{MACHINES} such machines"),
        (LATER, 1, "one worker"),
        (LATER, CORES, "this machine"),
        (LATER, MACHINES * CORES, f"{MACHINES} such machines"),
    )
    rows = [
        (
            f"{of:,}",
            f"{workers}",
            said,
            f"{seconds(of, workers):,.0f}",
            f"{seconds(of, 1) / seconds(of, workers):.2f}",
        )
        for of, workers, said in cases
    ]
    law = LAW.format(most=(once + alone.days) / (once + alone.warehouse))
    columns = (">portfolios", ">workers", "on", ">seconds, extrapolated", ">times as fast as one worker")
    return [shares, law, Table(columns, rows)]
