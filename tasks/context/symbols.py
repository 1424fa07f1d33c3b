"""The one rule of what a symbol is, for symbols that no portfolio file has named."""

import re
from collections.abc import Iterable

from quant.errors import InputError
from quant.policy.policy import SYMBOL, SYMBOL_ALLOWED

LONGEST = 64
"""Files are named for their symbols, and a copy of one may have a longer name than any symbol."""
IN_FILES = SYMBOL.replace("{0,23}", f"{{0,{LONGEST - 1}}}")
ALLOWED = SYMBOL_ALLOWED.replace("24", str(LONGEST))


def require_symbols(texts: Iterable[str], where: str) -> None:
    """Refuse what is no symbol: text of any length, formulas, letters that a terminal obeys.

    Raises:
        InputError: the first that is none, with `where` it stands.
    """
    for text in texts:
        if not re.fullmatch(IN_FILES, text):
            raise InputError(f"{where}: {text[:40]!a} is no symbol, which has {ALLOWED}. Correct it.")
