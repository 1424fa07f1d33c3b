"""A TOML file that people write: its tables, or what to mend on which line."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from quant.errors import InputError

SIGNS = {
    "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "\u2018": "'", "’": "'",
    "−": "-", "–": "-", "—": "-", "\u00a0": " ",
}  # fmt: skip
"""What word processors write, and what TOML reads."""
NAMED = {"−": "a minus", "–": "a dash", "—": "a dash", "\u00a0": "a space that does not break"}
MANY = 5


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file.

    Raises:
        InputError: it cannot be read, is not UTF-8 or not TOML; the sentence names line, text and remedy.
    """
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a path that cannot be
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: cannot be read ({reason}). Name a portfolio file (TOML).") from None
    text = decoded(content, f"{path}: is not valid TOML: it").replace("\r\n", "\n")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: is not valid TOML: {_remedy(text, str(error))}") from None


def decoded(content: bytes, what: str) -> str:
    """The text of a file that people write, without a byte order mark; line endings stay.

    Raises:
        InputError: it is no UTF-8; `what` begins the sentence.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{what} is UTF-16 text (Windows calls it Unicode). Save it as UTF-8.")
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputError(f"{what} is a workbook or an archive, not text. Save a table as CSV (UTF-8).")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        byte = content[error.start : error.start + 1]
        meant = byte.decode("cp1252", errors="replace")
        guess = f", {meant!r} if it is Latin-1 text" if meant.isprintable() and meant != "\ufffd" else ""
        raise InputError(
            f"{what} is not UTF-8 text: line {line} holds the byte {byte[0]:#04x}{guess}. Save it as UTF-8."
        ) from None


def _remedy(text: str, said: str) -> str:
    """What to do about a syntax error, and about the other lines of its kind."""
    lines = text.split("\n")
    signs = [found for number, line in enumerate(lines, 1) if (found := _signs(number, line))]
    if signs:
        more = f" {len(signs) - MANY} more lines have such signs." if len(signs) > MANY else ""
        return " ".join(signs[:MANY]) + more
    place = re.search(r"\(at line (\d+)", said)
    number = int(place[1]) if place else len(lines)
    line = lines[number - 1].strip() if number <= len(lines) else ""
    return f"line {number}, {line[:80]!r}: {_advice(line, said)}" if line else f"{said}. Mend that line."


def _signs(number: int, line: str) -> str:
    """The signs of a word processor in a line, outside of its quoted texts and comments."""
    bare = re.sub(r'"[^"]*"|\'[^\']*\'', "", line).partition("#")[0]
    for sign, right in SIGNS.items():
        if sign in bare:
            name = NAMED.get(sign, "a curly quote")
            return f"line {number}, {line.strip()[:80]!r}: write {right!r} in the place of {sign!r}, {name}."
    return ""


def _advice(line: str, said: str) -> str:
    """What to do about one line that is no TOML."""
    key, _, value = (part.strip() for part in line.partition("="))
    if "twice" in said or "mutable" in said or "overwrite" in said:
        name = key.strip("[] ")
        if line.startswith("["):
            return f"this table stands twice: keep one, or write each as [[{name}]] where a list is meant."
        return f"the key {name!r} stands twice. Keep one."
    if value.count('"') % 2 or value.count("'") % 2:
        return 'a quote is missing: write the text between two ".'
    for pattern, right in _VALUES.items():
        if re.fullmatch(pattern, value):
            return f"write {key} = {right(value)}."
    return f"{said}. Write key = value, [table] or [[table]] on a line of its own."


_VALUES: dict[str, Callable[[str], str]] = {
    r"[-+]?[0-9.]*[0-9] ?%": lambda value: f"{float(value.rstrip(' %')) / 100:.4g}",
    r"[-+]?[0-9]+,[0-9]+": lambda value: value.replace(",", "."),
    r"(?i:true|false)": str.lower,
    r"[A-Za-z][\w .\-]*": lambda value: f'"{value}"',
}
"""Values that are no TOML, and how they are written there."""
