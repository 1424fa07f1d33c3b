"""A portfolio of two funds as files, to be changed by each test."""

from pathlib import Path
from typing import Any

import pytest

from config import portfolio_file as portfolios
from quant.errors import InputError

TARGETS = """
[[target]]
symbol = "SPY"
asset_class = "equity"
weight = 0.6

[[target]]
symbol = "AGG"
asset_class = "bonds"
weight = 0.4
"""
HOLDINGS = "symbol,quantity\nSPY,100\nAGG,50\n"


def portfolio_file(
    folder: Path, head: str = "", targets: str = TARGETS, tail: str = "", *, holdings: Any = HOLDINGS
) -> Path:
    """two.toml in `folder` and, unless `holdings` is None, the holdings beside it.

    `head` goes among the keys of the portfolio itself, `tail` below its targets.
    """
    file = folder / "two.toml"
    basics = "" if "holdings =" in head else 'holdings = "two.csv"\n'
    basics += "" if "name =" in head else 'name = "two"\n'
    file.write_text(basics + head + "\n" + targets + tail, encoding="utf-8")
    if holdings is not None:
        (folder / "two.csv").write_text(holdings, encoding="utf-8")
    return file


def refused(file: Path) -> str:
    """The sentence that a file is refused with: one line that begins with the file, or with one beside it."""
    with pytest.raises(InputError) as caught:
        portfolios.read(file)
    sentence = str(caught.value)
    assert sentence.startswith(str(file.parent))
    assert "\n" not in sentence
    return sentence
