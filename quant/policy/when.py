"""When a portfolio rebalances: names of triggers joined by `and`, `or` and parentheses."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import and_, or_
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Truth = TypeVar("Truth", bool, npt.NDArray[np.bool_])
TOKEN = re.compile(r"\s*([()]|[^\s()]+)")


@dataclass(frozen=True)
class Expression:
    """A trigger's name, or `parts` joined by one `word`: "and" or "or"."""

    word: str
    parts: tuple["Expression", ...] = ()

    def holds(self, fired: Mapping[str, Truth]) -> Truth:
        """Whether it is true when the triggers have `fired` so; of arrays of one shape, where it is."""
        if not self.parts:
            return fired[self.word]
        return reduce(and_ if self.word == "and" else or_, (part.holds(fired) for part in self.parts))

    @property
    def names(self) -> frozenset[str]:
        """The triggers that it names."""
        return (
            frozenset().union(*(part.names for part in self.parts)) if self.parts else frozenset({self.word})
        )


@lru_cache(maxsize=64)
def parse(text: str) -> Expression:
    """The expression that `text` is; `and` binds more tightly than `or`.

    Raises:
        ValueError: it is none; the sentence says where it breaks off.
    """
    tokens = TOKEN.findall(text)[::-1]
    found = _joined(tokens, "or")
    if tokens:
        raise ValueError(f"{tokens[-1]!r} stands where and, or or the end should")
    return found


def _joined(tokens: list[str], word: str) -> Expression:
    """One part, or several joined by `word`, taken from the end of `tokens`."""
    parts = [_part(tokens, word)]
    while tokens and tokens[-1] == word:
        tokens.pop()
        parts.append(_part(tokens, word))
    return Expression(word, tuple(parts)) if len(parts) > 1 else parts[0]


def _part(tokens: list[str], word: str) -> Expression:
    if word == "or":
        return _joined(tokens, "and")
    if not tokens:
        raise ValueError("it ends where a trigger's name should stand")
    name = tokens.pop()
    if name in {"and", "or", ")"}:
        raise ValueError(f"{name!r} stands where a trigger's name should")
    if name != "(":
        return Expression(name)
    inner = _joined(tokens, "or")
    if not tokens or tokens.pop() != ")":
        raise ValueError("a parenthesis is not closed")
    return inner
