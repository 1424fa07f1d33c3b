"""What blocks a portfolio, what is over its limit, and who may do something about it."""

import shlex
from collections.abc import Iterator

from quant.rebalance.controls import HOLDS_REGARDLESS
from tasks.context.words import some
from tasks.report.document import Note, note
from tasks.report.model import Report
from tasks.report.words.check_words import findings

NOBODY = {
    "data": "Nobody can override data: it ends with good prices, or when somebody accepts them: "
    "ballast data quarantine",
    "restricted": "Nobody can override restricted: its list stands in the portfolio file.",
}
"""What ends a check that holds in spite of any override, by its name."""


def blocking(report: Report) -> Iterator[Note]:
    """A sentence for each check that blocks, who may lift what blocks, and one for each warning."""
    yield from findings(report.checks, report.currency, ("block",))
    for remedy in _remedies(report):
        yield note(remedy, "muted")
    yield from findings(report.checks, report.currency, ("warn",))


def _remedies(report: Report) -> Iterator[str]:
    """Who may lift what blocks, and by which command; all that two people may lift in one sentence."""
    blocks = dict.fromkeys(one.check for one in report.checks if one.status == "block")
    name = shlex.quote(report.portfolio)
    if "kill_switch" in blocks:
        yield f"Whoever has found the cause ends the halt: ballast enable {name} --by NAME --reason TEXT"
    for check in blocks:
        if check in NOBODY:
            yield NOBODY[check]
    if lifted := [check for check in blocks if check not in HOLDS_REGARDLESS]:
        check = shlex.quote(lifted[0]) if len(lifted) == 1 else "CHECK"
        asked = f"ballast override request {name} {check} --by NAME --reason TEXT --until DATE"
        yield f"Two people may override {some(lifted)}: {asked}"
