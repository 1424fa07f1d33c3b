"""What a run computes with: as it has kept it, or as what it found tells of a run that kept nothing."""

from collections import defaultdict
from dataclasses import dataclass

from config.exchange_facts import RECENT
from config.portfolio import Portfolio, stored
from quant.policy.definitions import Definitions, shocks
from warehouse.database.database import Database
from warehouse.runs import Run


@dataclass(frozen=True)
class _Named:
    """A plug-in that a run has rows of; `kind` is the name of its folder."""

    kind: str
    name: str


def of(db: Database, run: Run) -> Definitions:
    """What a run computes with; one of before knew what it has rows of, by the first versions."""
    if run.definitions is not None:
        return Definitions.model_validate_json(run.definitions)
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in db.select(_Named, "definitions_recorded", run_id=run.run_id):
        found[row.kind].append(row.name)
    recorded = found.pop("scenarios", [])
    moves = {name: moves for name, moves in shocks().items() if name in recorded}
    return Definitions(plugins={kind: tuple(names) for kind, names in found.items()}, scenarios=moves)


def portfolio(run: Run, computes: Definitions) -> Portfolio:
    """The portfolio of a run, with calendars that begin where they began for it."""
    found = stored(run.config)
    return found if computes.of("calendars") >= 2 else found.model_copy(update={"calendars_since": RECENT})
