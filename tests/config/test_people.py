"""The people of a portfolio file, and one sentence for every mistake in them."""

import pytest

from config import portfolio_file as portfolios
from config.people import ALL_RIGHTS
from tests.config.files import portfolio_file, refused

ADA = '[[person]]\nname = "Ada Byron"\nslack = "U0123ABCD"\n'
BOB = '[[person]]\nname = "Bob"\nrole = "risk"\nmay = ["override"]\n'


def test_people_with_every_default(tmp_path):
    found = portfolios.read(portfolio_file(tmp_path, "approvals = 1", tail=ADA + BOB))
    assert [(one.name, one.slack, one.role, one.may) for one in found.person] == [
        ("Ada Byron", "U0123ABCD", "manager", ALL_RIGHTS),
        ("Bob", None, "risk", ("override",)),
    ]
    assert [found.person[0].actor(in_slack=where).kind for where in (True, False)] == ["slack", "typed"]


def test_without_people_one_approval_is_needed(tmp_path):
    found = portfolios.read(portfolio_file(tmp_path))
    assert (found.person, found.approvals) == ((), 1)


@pytest.mark.parametrize(
    ("head", "people", "sentence"),
    [
        ("approvals = 3", ADA, "approvals = 3: allowed are 1 and 2"),
        ('approvals = "2"', ADA, "a number stands without quotes: write 2"),
        ("approvals = 2", ADA + BOB, 'approvals = 2, and 1 of the people may "approve"'),
        ("", BOB, 'approvals = 1, and 0 of the people may "approve"'),
        ("", ADA + '[[person]]\nname = "\u0410da  byron"\n', "may be one person"),  # a Cyrillic A
        ("", ADA + '[[person]]\nname = "Bob"\nslack = "U0123ABCD"\n', "have the same slack = 'U0123ABCD'"),
        ("", '[[person]]\nslack = "U0123ABCD"\n', "the key 'person #1.name' is missing"),
        ("", '[[person]]\nname = " "\n', "person #1.name = ' ': a name in one line"),
        ("", '[[person]]\nname = "Ada"\nslack = "@ada"\n', 'the id of a user of Slack, such as "U0123ABCD"'),
        ("", '[[person]]\nname = "Ada"\nrole = "boss"\n', "should be 'manager', 'deputy' or 'risk'"),
        ("", '[[person]]\nname = "Ada"\nmay = "approve"\n', 'write a list such as ["approve", "override",'),
        (
            "",
            '[[person]]\nname = "Ada"\nmay = ["buy"]\n',
            "person #1.may #1 = 'buy': Input should be 'approve'",
        ),
        ("", '[[person]]\nname = "Ada"\nslak = "U1"\n', "'person #1.slak'; the nearest known key is 'slack'"),
        ("", '[[person]]\nname = "Ada"\napprovals = 2\n', "'approvals' belongs to the portfolio itself"),
        ("", '[person]\nname = "Ada"\n', "write one [[person]] table for each person"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path, head, people, sentence):
    assert sentence in refused(portfolio_file(tmp_path, head, tail=people))
