"""What the suites found in one staged batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


class Connection(Protocol):
    """The part of an open DuckDB connection that is used here."""

    def execute(self, query: str, parameters: Sequence[object] = ...) -> Any: ...


@dataclass(frozen=True)
class Outcome:
    """How one rule fared. `words` says what must hold, with its threshold; `checked` counts the table's rows.

    A rule for rows counts in `failed` the rows that break it. A rule for the whole table says in `problems`
    what is wrong with it, and `failed` counts those.
    """

    table: str
    rule: str
    words: str
    checked: int
    failed: int
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What is to be done with a batch: `held` says in a sentence why none of it may be used, None otherwise.

    Rows that fail alone stand in the staging table `rejected`. `docs` is the batch's page of the Data Docs.
    """

    held: str | None
    outcomes: tuple[Outcome, ...]
    docs: Path | None

    @property
    def counts(self) -> dict[str, int]:
        """How many rows failed each rule, by "table.rule"; a rule that all rows pass has 0."""
        return {f"{outcome.table}.{outcome.rule}": outcome.failed for outcome in self.outcomes}
