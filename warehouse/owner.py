"""Who holds a lease: one process, told apart from a later one that was given the same number."""

import os
import platform
import subprocess
import uuid
from pathlib import Path


def current() -> str:
    """A new owner's name for this process: host, pid, start time, and what tells two claims apart."""
    pid = os.getpid()
    return "|".join((platform.node(), str(pid), _started(pid) or "", uuid.uuid4().hex[:8]))


def is_dead(owner: str) -> bool:
    """True when the process behind `owner` has certainly ended; False when it lives or cannot be asked.

    A process of another host cannot be asked: only its lease tells.
    """
    host, pid, started, _ = owner.split("|")
    return host == platform.node() and _started(int(pid)) != started


def _started(pid: int) -> str | None:
    """When process `pid` started, in its system's own notation; None when it has ended."""
    if not Path("/proc/self/stat").exists():  # not Linux
        answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, check=False)
        return answer.stdout.decode().strip() or None
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # proc(5): after the command's name, which may hold anything, come the state and, 19 fields on, the start.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def is_local(owner: str) -> bool:
    """Whether `owner` is a process of this host, so that `is_dead` is the whole truth about it."""
    return owner.partition("|")[0] == platform.node()
