"""The environment handed to child processes, and who works in it."""

import getpass
import os
import sys
from pathlib import Path


def child_environment(**extra: str) -> dict[str, str]:
    """This process's own environment with `extra` on top; `python` is the interpreter that runs now.

    A proxy that the environment names is for the vendors: this machine is reached without it.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    known = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    direct = ",".join(filter(None, [known, "127.0.0.1,localhost"]))
    return {**os.environ, "PATH": path, "no_proxy": direct, "NO_PROXY": direct, **extra}


def extend(**extra: str) -> None:
    """Set variables of this process, for a library that reads its own when it is imported."""
    os.environ.update(extra)


def variables() -> dict[str, str]:
    """What is set in this process's environment."""
    return dict(os.environ)


def user() -> str:
    """The operating system's name of who runs this process; empty where it has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's number without a name
        return ""
