"""The environment handed to child processes."""

import os
import sys
from pathlib import Path


def child_environment(**extra: str) -> dict[str, str]:
    """This process's own environment with `extra` on top; `python` is the interpreter that runs now."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, **extra}


def extend(**extra: str) -> None:
    """Set variables of this process, for a library that reads its own when it is imported."""
    os.environ.update(extra)
