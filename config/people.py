"""The people of a portfolio: who may decide, and as whom Slack knows them."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from quant.errors import InputError
from quant.people import Actor, same_name
from quant.policy.policy import Strict

Right = Literal["approve", "override", "silence"]
Role = Literal["manager", "deputy", "risk"]
ALL_RIGHTS: tuple[Right, ...] = ("approve", "override", "silence")
APPROVALS = (1, 2)
SLACK_ID = r"^[UW][A-Z0-9]{4,20}$"
PRINTED = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
FORMS = {
    SLACK_ID: 'the id of a user of Slack, such as "U0123ABCD"',
    PRINTED: "a name in one line",
}
"""What the patterns allow, in words."""


class Person(Strict):
    """Somebody who may decide on a portfolio; without `slack`, on the command line only.

    `slack` is the id of a user of Slack, which its own pages call "member ID". `role` is the order in which
    people are called. `may`: "approve" stands for rejecting too.
    """

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=PRINTED)]
    slack: Annotated[str, Field(pattern=SLACK_ID)] | None = None
    role: Role = "manager"
    may: tuple[Right, ...] = ALL_RIGHTS

    def actor(self, *, in_slack: bool) -> Actor:
        """This person as the one who decides: known by Slack's id, or by the name that was typed."""
        name = self.name.strip()
        return Actor("slack", self.slack, name) if in_slack and self.slack else Actor.typed(name)


def check_people(path: Path, people: Sequence[Person], approvals: int) -> None:
    """Refuse people of the portfolio file `path` who cannot be told apart, or too few to approve.

    Raises:
        InputError: in one sentence, the first of them.
    """
    if approvals not in APPROVALS:
        raise InputError(f"{path}: approvals = {approvals}: allowed are 1 and 2.")
    for one, other in combinations(people, 2):
        if same_name(one.name, other.name):
            raise InputError(
                f"{path}: people {one.name!r} and {other.name!r} may be one person: names must differ by "
                "more than case, accents, spaces, signs or letters that look alike."
            )
        if one.slack and one.slack == other.slack:
            raise InputError(
                f"{path}: {one.name!r} and {other.name!r} have the same slack = {one.slack!r}. "
                "Keep one [[person]] for each user of Slack."
            )
    able = sum("approve" in one.may for one in people)
    if people and able < approvals:
        raise InputError(
            f'{path}: approvals = {approvals}, and {able} of the people may "approve". '
            'Add a [[person]] who may, or "approve" to what one of them may.'
        )
