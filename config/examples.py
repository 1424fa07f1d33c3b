"""The portfolios that come with Ballast: invented holdings, to look at and to copy."""

from pathlib import Path

ROOT = Path(__file__).parent.resolve()
SHIPPED = ROOT / "portfolios"


def is_example(file: Path) -> bool:
    """Whether a portfolio file came with Ballast; a copy of one elsewhere is its owner's."""
    return ROOT in file.resolve().parents
