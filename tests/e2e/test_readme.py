"""A new user's first steps, as README prints them."""

import re
import shlex
import subprocess
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq

from config import portfolio_file as portfolios
from config.calendars import Calendar
from tests.e2e.cli import ROOT, ballast

DAY = date(2015, 8, 24)


def blocks(heading):
    """The shell blocks of one section of README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


def prices(file, symbols):
    rows = [
        {
            "symbol": symbol,
            "session": day,
            "open": 100.0,
            "high": 101.0,
            "low": 99.0,
            "close": 100.0 + place % 3,
        }
        | {"volume": 1e7}
        for symbol in symbols
        for place, day in enumerate(Calendar("XNYS").window(DAY, 60))
    ]
    pq.write_table(pa.Table.from_pylist(rows), file)


def test_a_portfolio_of_ones_own_as_printed(tmp_path):
    making, using = blocks("Your own portfolio")
    settings = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    (tmp_path / "positions.csv").write_text("Symbol,Quantity,Market Value\nSPY,60,6000\nAGG,40,4000\n")
    subprocess.run(["bash", "-euc", making], cwd=tmp_path, env=settings, check=True, timeout=60)
    home = tmp_path / "ballast"
    mine = portfolios.load("mine", home)
    assert mine.name == "mine"
    assert {target.symbol: target.weight for target in mine.target} == {"SPY": 0.6, "AGG": 0.4}
    prices(tmp_path / "prices.parquet", mine.asked)
    (line,) = [line for line in using.splitlines() if "files:prices.parquet" in line]
    arguments = shlex.split(line, comments=True)[1:]
    report = ballast(*arguments, "--json", home=home).json
    assert (report["portfolio"], report["session"]) == ("mine", "2015-08-24")
    assert report["value"] > 0
