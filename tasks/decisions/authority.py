"""Who may decide on a portfolio: the people whom its file lists now.

The file as it is now, and not as the run stored it: whoever was taken out of it may not decide from then on,
also on what was recommended before. How many must approve is the larger number of both, so that nobody lowers
it for what was recommended already. Where the run knew people and the file cannot be read, nobody decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config import portfolio_file as portfolios
from config.people import Person, Right
from config.portfolio import stored
from quant.errors import InputError
from quant.people import Actor, same_name
from tasks.context.context import Context
from tasks.context.run_file import file_of_run
from warehouse import runs
from warehouse.runs import Run

DEEDS: dict[Right, str] = {
    "approve": "decide on trades",
    "override": "override checks",
    "silence": "silence alerts",
}


@dataclass(frozen=True)
class Authority:
    """The people of a portfolio, and how many of them must approve; without people, whoever types a name."""

    portfolio: str
    people: tuple[Person, ...]
    approvals: int

    def may(self, right: Right) -> list[Person]:
        """Those who have a right, in the order of the file."""
        return [one for one in self.people if right in one.may]


def authority(home: Path, run: Run) -> Authority:
    """Who may decide on a run now.

    Raises:
        InputError: the run knew people, and the portfolio file is gone, cannot be read or lists none now.
    """
    before = stored(run.config)
    try:
        file = file_of_run(home, run)
        now = portfolios.read(file) if file else None
    except InputError:
        if before.person:
            raise
        now = None
    if before.person and (now is None or not now.person):
        gone = "lists no [[person]] any more" if now else "is gone"
        raise InputError(
            f"the file of portfolio {run.portfolio!r} {gone}, and run {run.run_id} was made for the people "
            "in it: nobody can decide on that run. Put the people back, or run the day again."
        )
    people = now.person if now else ()
    return Authority(run.portfolio, people, max(before.approvals, now.approvals if now else 1))


def who(authority: Authority, by: Actor, right: Right | None) -> Actor:
    """Whoever decides, by the name in the portfolio file where it lists people; None: any of them may.

    Raises:
        InputError: the person is not listed, or may not do this; in Slack, also where nobody is listed.
    """
    deed, name = DEEDS[right] if right else "answer", authority.portfolio
    if not authority.people:
        if by.kind != "slack":
            return by
        raise InputError(f"the file of portfolio {name!r} lists no people, so nobody can {deed} from Slack.")
    found = _listed(authority.people, by)
    if found is None:
        you = "you are" if by.kind == "slack" else f"{by.name!r} is"
        raise InputError(f"{you} not among the people of portfolio {name!r}: {_those(authority, right)}.")
    if right and right not in found.may:
        raise InputError(f"{found.name} may not {deed} of portfolio {name!r}: {_those(authority, right)}.")
    return found.actor(in_slack=by.kind == "slack")


def entitled(context: Context, portfolio: str, by: Actor, right: Right) -> Actor:
    """Whoever speaks of a portfolio, as one of the people whom its file lists, if it lists any.

    Raises:
        InputError: the person is not listed, or may not do this.
    """
    newest = context.warehouse.read(lambda db: runs.latest(db, portfolio))
    if newest is None:  # nothing can be asked for before there is a run
        return by
    run = context.warehouse.read(lambda db: runs.load(db, newest))
    return who(authority(context.home, run), by, right)


def _listed(people: Sequence[Person], by: Actor) -> Person | None:
    if by.kind == "slack":
        return next((one for one in people if one.slack == by.id), None)
    return next((one for one in people if same_name(one.name, by.name)), None)


def _those(authority: Authority, right: Right | None) -> str:
    able = ", ".join(one.name for one in (authority.may(right) if right else authority.people))
    return f"{able} can" if able else "nobody can"
