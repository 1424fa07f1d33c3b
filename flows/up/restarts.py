"""How often a process that died is started again before somebody has to look."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flows.up.processes import EndedError

MOST = 5
WITHIN = timedelta(hours=1)


@dataclass
class Restarts:
    """The restarts of the last hour."""

    now: Callable[[], datetime]
    _made: deque[datetime] = field(default_factory=deque)

    def allow(self, error: EndedError) -> str:
        """Count one more restart; the sentence that says so.

        Raises:
            EndedError: `error`, where `MOST` within the last hour did not help.
        """
        now = self.now()
        while self._made and now - self._made[0] >= WITHIN:
            self._made.popleft()
        if len(self._made) >= MOST:
            raise error
        self._made.append(now)
        again = f"started again ({len(self._made)} of {MOST} within an hour)"
        return f"{error.child.name} {error.how}: {again}. Its log: {error.child.log}.1"
