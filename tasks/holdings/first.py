"""A first portfolio in HOME: its two files, and an `.env` that says what can be set."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from config import portfolio_file
from config.portfolio import NAME, Portfolio
from quant.errors import InputError
from warehouse.database.files import write_atomically

ENVIRONMENT = """\
# Settings of this HOME: NAME=value on a line. All of them: docs/reference.md, Settings.
# BALLAST_SLACK_TOKEN=xoxb-...      sends messages to Slack; without it they are written to previews/
# BALLAST_SOURCE=yfinance           where prices come from
"""


def check_name(home: Path, name: str) -> None:
    """Refuse a name that no portfolio may have, or that has files in HOME already.

    Raises:
        InputError: it says which name would do.
    """
    if not re.fullmatch(NAME, name):
        raise InputError(f"--name {name!r} is not allowed: 1 to 40 letters, digits, _ and -.")
    for file in _files(home, name):
        if os.path.lexists(file):
            raise InputError(f"{file} exists already. Nothing was changed. Choose another --name.")


def write(home: Path, name: str, texts: Mapping[str, str]) -> tuple[Portfolio, list[Path]]:
    """Write a portfolio's files (`texts` by file name) to HOME/portfolios, once they are known to be right.

    Returns the portfolio and what was written.

    Raises:
        InputError: they are not right, or the name is taken.
    """
    check_name(home, name)
    home.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=home, prefix=".init-") as folder:
        for called, text in texts.items():
            (Path(folder) / called).write_text(text, encoding="utf-8", newline="")
        try:
            portfolio = portfolio_file.read(Path(folder) / f"{name}.toml")
        except InputError as error:
            raise InputError(f"Nothing was made. {str(error).replace(f'{folder}/', '')}") from None
    written = _files(home, name)
    for file in written:
        write_atomically(file, texts[file.name])
    settings = home / ".env"
    if not os.path.lexists(settings):
        write_atomically(settings, ENVIRONMENT)
        written.append(settings)
    return portfolio, written


def _files(home: Path, name: str) -> list[Path]:
    """The holdings first: the portfolio's file is what makes the portfolio known."""
    return [home / "portfolios" / f"{name}{ending}" for ending in (".holdings.csv", ".toml")]
