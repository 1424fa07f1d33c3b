"""The fits that earlier runs have made of the same returns, with the same libraries and the same code."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from platform import python_version

import quant.fits
from quant.fits import Fits
from warehouse import fits
from warehouse.database.database import Database

LIBRARIES = ("arch", "numpy", "scipy")


def known(db: Database, symbols: Sequence[str]) -> Fits:
    """What is stored of these symbols' fits; one made in any other way is not known."""
    return Fits(fits.load(db, symbols, made_with()))


def keep(db: Database, found: Fits, now: datetime) -> None:
    """Store the fits that had to be made."""
    fits.keep(db, found.made, made_with(), now)


@cache
def made_with() -> str:
    """The libraries and the code of ours that a fit passes through, as JSON: another may end elsewhere."""
    code = sha256(Path(quant.fits.__file__).read_bytes()).hexdigest()[:16]
    libraries = {name: version(name) for name in LIBRARIES}
    return json.dumps({"code": code, "python": python_version(), **libraries})
