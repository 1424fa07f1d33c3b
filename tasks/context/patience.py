"""How long a failing vendor is waited for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """Times in seconds, without those that our own request budget takes.

    A symbol that failed for a reason that can pass is asked `tries` times, with doubling waits from
    `first_wait`; a pause that the vendor asks for is kept, unless it is longer than `longest_wait`. No
    request lasts longer than `request`, no symbol longer than `symbol`. When `in_a_row` symbols have failed
    so, one after the other, the next ones are asked once; when that has cost `total`, they are not asked.
    """

    tries: int = 3
    first_wait: float = 1.0
    longest_wait: float = 10.0
    request: float = 10.0
    symbol: float = 20.0
    in_a_row: int = 3
    total: float = 60.0


DEFAULT = Patience()
