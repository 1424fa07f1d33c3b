"""Numbers, instants and names as every sentence for people has them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

NAMED = 3
"""Of how many a sentence names each; the rest is counted."""


def some(names: Sequence[str], most: int = NAMED) -> str:
    """The first of several names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def count(number: int, noun: str) -> str:
    """A number and its noun, such as "2 trades"."""
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"


def amount(value: float | None, currency: str = "") -> str:
    return "n/a" if value is None else f"{value:,.2f} {currency}".rstrip()


def rounded(value: float, currency: str = "") -> str:
    """An amount in whole units from 100 on: cents of a large sum are read by nobody."""
    return amount(value, currency) if abs(value) < 100 else f"{value:,.0f} {currency}".rstrip()


def quantity(value: float) -> str:
    """Shares, with as many decimals as they have (at most the six of a fractional lot)."""
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def number(value: float | None) -> str:
    """A number as a person would write it; vendors keep prices as 32-bit floats, good for seven digits."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1e6 else f"{value:,.7g}"


def price(value: float, unit: str, currency: str) -> str:
    """A limit price, with all decimals of its tick: at least two, below 1 four; with a foreign unit."""
    digits = f"{value:,.4f}" if abs(value) < 1 else f"{value:,.2f}"
    whole = f"{value:,.6f}".rstrip("0")
    digits = max(digits, whole, key=len)
    return digits if unit == currency else f"{digits} {unit}"


def share(value: float | None, sign: str = "") -> str:
    """A share of one as a percentage."""
    return "n/a" if value is None else f"{value:{sign}.2%}"


def points(value: float | None) -> str:
    """A difference of shares, in points of a hundred."""
    return "n/a" if value is None else f"{round(100 * value, 2) + 0.0:+.2f} points"


def ratio(value: float | None) -> str:
    """A ratio with two decimals."""
    return "n/a" if value is None else f"{value:.2f}"


def instant(text: str, zone: str = "UTC") -> str:
    """An ISO instant to the minute in a time zone; any other text as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if "T" not in text and " " not in text:
        return text
    return f"{moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}"
