"""Numbers as brokers write them: "$1,234.56", "1.234,56", "(12)", "1'000"."""

import re
from collections.abc import Iterable
from typing import Literal

from quant.errors import InputError

Decimal = Literal["point", "comma"]
DROPPED = re.compile(r"[\s'’$€£¥%\u00a0\u202f]|[A-Z]{3}(?=[\s\d(+-])|(?<=\d)\s*[A-Z]{3}$")
"""Spaces, thousands marks that are no comma or point, signs and codes of currencies."""
MARKS: dict[str, Decimal] = {".": "point", ",": "comma"}
OTHER: dict[Decimal, Decimal] = {"point": "comma", "comma": "point"}
EMPTY = {"", "-", "--", "n/a", "na", "none", "null"}


def is_empty(text: str) -> bool:
    """Whether a cell has no number, in a broker's spelling."""
    return text.strip().casefold() in EMPTY


def decimal_of(texts: Iterable[str]) -> Decimal | None:
    """The mark before the fraction in these numbers; None where it cannot be told: 1,234 may be either."""
    doubtful = False
    for text in texts:
        plain = DROPPED.sub("", text).strip("()+-")
        marks = [sign for sign in plain if sign in MARKS]
        if not marks:
            continue
        if len(marks) > 1:  # thousands repeat, and stand before the fraction
            return MARKS[marks[-1]] if marks[-1] != marks[0] else OTHER[MARKS[marks[0]]]
        if not re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", plain):
            return MARKS[marks[0]]
        doubtful = True
    return None if doubtful else "point"


def number(where: str, text: str, decimal: Decimal) -> float:
    """The number in a cell. A number in brackets is below 0, as accountants write it.

    Raises:
        InputError: it is none; the sentence begins with `where`.
    """
    plain = DROPPED.sub("", text)
    sign = -1.0 if plain.startswith("(") or plain.strip("()").startswith("-") else 1.0
    plain = plain.strip("()").lstrip("+-")
    thousands, point = (",", ".") if decimal == "point" else (".", ",")
    plain = plain.replace(thousands, "").replace(point, ".")
    if not re.fullmatch(r"\d+\.?\d*|\.\d+", plain):
        raise InputError(f"{where}: {text.strip()[:40]!r} is not a number. Mend it or remove the row.")
    return sign * float(plain)
