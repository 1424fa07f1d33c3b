"""What data must be: Great Expectations suites over a staged batch, and pages that show what they found.

Great Expectations takes seconds to import, so only `validate` does it, and only when it is called.
"""

from pathlib import Path

from expectations.verdict import Connection, Outcome, Verdict

__all__ = ["BUSY", "MOVE_FLOOR", "MOVE_SIGMAS", "TRADED", "Connection", "Outcome", "Verdict", "validate"]

MOVE_FLOOR = 0.25
"""A daily move up to this share of the reference close is never refused."""

MOVE_SIGMAS = 8.0
"""Beyond the floor, a move is refused when it is more than this many daily standard deviations."""

TRADED, BUSY = 20, 10_000
"""Bars in a row that each had so many shares traded, after which one without any is no price of its session
but the one before. What trades less has sessions without a trade: IYR had five in 2000."""


def validate(connection: Connection, where: Path | None, batch: str, *, daily: bool = True) -> Verdict:
    """Runs every suite of daily bars, or that of minute bars, over the staged batch; fills its `rejected`.

    `connection` is open on a staging file (docs/architecture.md) whose rows are committed. What an earlier
    call rejected is replaced. With `where`, the Data Docs are written there, and `batch` names the page.
    A rule that cannot be evaluated raises BallastError: nothing passes unexamined.
    """
    from expectations import run  # noqa: PLC0415 - costs seconds, and most commands validate nothing

    return run.validate(connection, where, batch, daily=daily)
