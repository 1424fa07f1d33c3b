"""Who does a piece of work: host, process and the moment that the process began, so that a reused pid fools nobody."""

import os
import socket
from functools import cache
from pathlib import Path


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8]
    except OSError:
        return ""


def _began(pid: int) -> str | None:
    """The start time of a live process in clock ticks since boot; None when it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else f"{_boot()}-{fields[19]}"


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def me() -> str:
    """This process, as stored beside the work that it owns."""
    pid = os.getpid()
    return f"{socket.gethostname()}:{pid}:{_began(pid) or ''}"


def alive(owner: str) -> bool | None:
    """Whether the owner still runs; None when it is on another machine and cannot be asked."""
    host, pid, began = owner.rsplit(":", 2)
    if host != socket.gethostname():
        return None
    if not began:  # a system without /proc
        return _exists(int(pid))
    return _began(int(pid)) == began
