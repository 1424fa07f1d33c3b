"""The secret of a HOME: whoever knows it may use the Prefect server that `ballast up` runs there.

It is the line `ballast:…` in HOME/prefect/secret, which its owner alone can read; Prefect calls it the
authentication string. Processes are given it in their environment and never as an argument, which every user
of the machine can see.
"""

import os
import re
import secrets
import stat
from pathlib import Path

_FORM = re.compile(r"ballast:[\w-]{40,}")


def file(home: Path) -> Path:
    """Where it lies."""
    return home / "prefect" / "secret"


def read(home: Path) -> str | None:
    """The secret; None where there is none, or none of ours."""
    try:
        text = file(home).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text if _FORM.fullmatch(text) else None


def ensure(home: Path) -> str:
    """The secret, made where there is none. One that others could read is not kept: it may be known.

    Called by the only `up` of this HOME, before its server starts.
    """
    known = read(home)
    if known is not None and not stat.S_IMODE(file(home).stat().st_mode) & 0o077:
        return known
    new = f"ballast:{secrets.token_urlsafe(32)}"
    part = file(home).with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
        written.write(f"{new}\n")
    part.replace(file(home))
    return new
