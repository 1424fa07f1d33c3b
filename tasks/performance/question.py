"""What is asked of a portfolio's performance: which stretch of time."""

from dataclasses import dataclass
from datetime import date

from quant.errors import InputError

SINCE = ("month", "year")
"""Words for the last close before the month, or the year, of the last session."""


@dataclass(frozen=True)
class Asked:
    """From the first recorded close that is not before `start` to the last one that is not after `end`.

    `start` None: from the first. `since` is one of SINCE instead of a `start`.
    """

    portfolio: str
    start: date | None = None
    end: date | None = None
    since: str | None = None


def asked(portfolio: str, start: date | None, end: date | None, since: str | None) -> Asked:
    """The question, if it can be asked; `since` is a day or one of SINCE.

    Raises:
        InputError: it cannot.
    """
    if start is not None and since is not None:
        raise InputError("--start and --since say the same: give one of them.")
    if since is not None and since not in SINCE:
        try:
            start, since = date.fromisoformat(since), None
        except ValueError:
            raise InputError(f"--since {since!r} is no day such as 2024-06-28, nor month or year.") from None
    if start is not None and end is not None and end <= start:
        raise InputError(f"--end {end} is not after the first day, {start}.")
    return Asked(portfolio, start, end, since)
