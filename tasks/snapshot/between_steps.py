"""What the steps of a run hand on to each other within a process, so that a day reads the warehouse once.

A step that is run alone, by another process or after a retry finds nothing here and reads for itself: the
result is the same. Work is done outside the lock on what is kept, and `settle` compares that with the run
under the lock before anything is stored: where the run has changed since, the work is done again.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from threading import Lock
from typing import TypeVar

from quant.decide import proposed
from quant.decision_inputs import DecisionInputs
from quant.fits import Fits
from quant.rebalance.construction import Construction
from quant.rebalance.instructed import Instruction
from tasks.context.context import Context
from tasks.snapshot import decision_inputs, fits
from tasks.snapshot.snapshot import Snapshot, load_snapshot
from warehouse import runs
from warehouse.database.database import Database
from warehouse.runs import Run

T = TypeVar("T")
MOST = 16
"""Runs that are kept at a time, the last ones: each has a panel, and one that nobody closes must not stay."""
DATA = ("known_at", "batch_id", "ingest", "config", "definitions", "started_at")
"""The columns of a run on which its snapshot depends."""
HALTS = ("controls", "kill_switch")
"""Those on which, beside them, its decision does."""


@dataclass(frozen=True)
class Known:
    """What a run knows, the fits that earlier runs have made, and what follows from that once it is asked.

    `proposal` are the trades of step 4, which step 5 judges. `instruction`: see `DecisionInputs`.
    """

    snapshot: Snapshot
    fits: Fits = field(default_factory=Fits)
    instruction: Instruction | None = None

    @cached_property
    def inputs(self) -> DecisionInputs:
        """What the run decides from."""
        return decision_inputs.of(self.snapshot, self.instruction)

    @cached_property
    def proposal(self) -> Construction:
        """The trades that the policy asks for, before any check."""
        return proposed(self.inputs)


@dataclass
class _Kept:
    """A run that this process works on; `known` is None before it was read.

    `quiet`: it has measured, and nothing calls for an alert. `first`: when it began no price was stored.
    """

    run: Run
    known: Known | None = None
    quiet: bool = False
    first: bool = False


_kept: OrderedDict[tuple[Path, str], _Kept] = OrderedDict()
_lock = Lock()


def keep_run(context: Context, run: Run, *, first: bool = False) -> None:
    """Keep a run as it is now, and nothing that was read of it before. `first`: no price is stored yet."""
    _keep(context, _Kept(run, first=first))


def is_first(context: Context, run_id: str) -> bool:
    """Whether this process knows that no price was stored when the run began: none can be compared with."""
    found = _kept.get((context.home, run_id))
    return found is not None and found.first


def forget(context: Context, run_id: str) -> None:
    """Keep nothing of a run any more: it has ended, or knows something else."""
    with _lock:
        _kept.pop((context.home, run_id), None)


def run_of(context: Context, run_id: str) -> Run:
    """The run as this process left it, else as the warehouse has it.

    Raises:
        InputError: there is none.
    """
    found = _kept.get((context.home, run_id))
    if found is not None:
        return found.run
    run = context.warehouse.read(lambda db: runs.load(db, run_id))
    keep_run(context, run)
    return run


def is_quiet(context: Context, run_id: str) -> bool:
    """Whether this process knows that the run has nothing to alert to."""
    found = _kept.get((context.home, run_id))
    return found is not None and found.quiet


def keep_quiet(context: Context, run_id: str, *, quiet: bool) -> None:
    """Keep whether a run that has measured has nothing to alert to."""
    found = _kept.get((context.home, run_id))
    if found is not None:
        found.quiet = quiet


def known_of(context: Context, run_id: str) -> Known:
    """What a run knows, as a step before has read it, else as the warehouse has it."""
    found = _kept.get((context.home, run_id))
    if found is not None and found.known is not None:
        return found.known
    known = context.warehouse.read(lambda db: read(db, run_id))
    keep(context, known)
    return known


def read(db: Database, run_id: str) -> Known:
    """What a run knows; it is kept after the unit of work, since one that is rolled back never was."""
    snapshot = load_snapshot(db, run_id)
    return Known(snapshot, fits.known(db, snapshot.panel.symbols))


def keep(context: Context, known: Known) -> None:
    """Keep what a run knows for the next steps."""
    _keep(context, _Kept(known.snapshot.run, known))


def settle(
    context: Context,
    run_id: str,
    work: Callable[[Known], T],
    store: Callable[[Database, Run, T], None],
    renew: Callable[[Database, str], Run] = runs.load,
) -> T:
    """Do a step's `work` outside the lock and store what it found, in one unit of work; what was found.

    `renew` gives the run as it is by then. Where it is not what the work was done on, nothing is stored and
    the work is done again. `renew` and `store` have no effect but on the database that they are given.
    """
    while True:
        known = known_of(context, run_id)
        found = work(known)
        now = context.warehouse.transact(
            partial(_settled, known=known, found=found, store=store, renew=renew)
        )
        if now is known:
            return found
        keep(context, now)


def _settled(
    db: Database,
    *,
    known: Known,
    found: T,
    store: Callable[[Database, Run, T], None],
    renew: Callable[[Database, str], Run],
) -> Known:
    """What the run knows by now; where that is what it knew, what was found is stored."""
    before = known.snapshot.run
    run = renew(db, before.run_id)
    if _same(before, run, DATA + HALTS):
        store(db, run, found)
        return known
    if _same(before, run, DATA):
        return Known(known.snapshot.under(run), known.fits)
    return read(db, before.run_id)


def _same(before: Run, now: Run, columns: tuple[str, ...]) -> bool:
    return all(getattr(before, name) == getattr(now, name) for name in columns)


def _keep(context: Context, found: _Kept) -> None:
    key = context.home, found.run.run_id
    with _lock:
        _kept[key] = found
        _kept.move_to_end(key)
        while len(_kept) > MOST:
            _kept.popitem(last=False)
