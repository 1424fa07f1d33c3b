"""Which portfolios one delivery serves: those that say the same of every symbol that they share."""

from datetime import date

import pytest

from config import portfolio_file as portfolios
from tasks.ingest.sharing import serves, together
from tests.tasks.desk import EVENING, HOLDINGS, SESSION, TARGETS, Desk

PENCE = '[[instrument]]\nsymbol = "CCC"\ncurrency = "GBp"\n'
LONDON = '[[instrument]]\nsymbol = "CCC"\ncalendar = "XLON"\n'
LATE = '[[instrument]]\nsymbol = "CCC"\nlate = 1\n'
REPAIR = '[data]\nrepair = "certain"\n'
OPEN = '[[calendar_override]]\ncalendar = "XNYS"\ndate = 2024-06-19\nstate = "open"\nreason = "a test"\n'


def read(desk: Desk, name: str, tables: str = "", head: str = "", **holdings: float):
    targets = dict.fromkeys(holdings, 1.0) if holdings else TARGETS
    return portfolios.read(desk.portfolio(holdings or HOLDINGS, targets, name=name, head=head, tables=tables))


def test_the_union_is_asked_for_once_from_the_earliest_start(desk):
    core = read(desk, "core")
    one = read(desk, "one", head="holdings_as_of = 2010-01-04", DDD=1.0)
    [shared] = together([(core, SESSION), (one, SESSION)], EVENING)
    assert [*shared.wanted.symbols] == ["AAA", "BBB", "CCC", "DDD"]
    assert shared.wanted.start < date(2010, 1, 4)
    assert [*shared.portfolios] == ["core", "one"]


@pytest.mark.parametrize("tables", [PENCE, LONDON, LATE, REPAIR, OPEN])
def test_what_says_something_else_of_a_symbol_is_served_by_another(desk, tables):
    asked = [(read(desk, name, text), SESSION) for name, text in (("a", ""), ("b", tables), ("c", ""))]
    assert [[*one.portfolios] for one in together(asked, EVENING)] == [["a", "c"], ["b"]]


def test_another_session_is_another_delivery(desk):
    before = date(2024, 6, 27)
    asked = [(read(desk, "a"), SESSION), (read(desk, "b"), before)]
    assert [one.wanted.session for one in together(asked, EVENING)] == [SESSION, before]


def test_a_portfolio_that_has_changed_since_is_not_served(desk):
    core = read(desk, "core")
    [shared] = together([(core, SESSION)], EVENING)
    assert serves(shared, core, SESSION, EVENING)
    assert not serves(shared, core, date(2024, 6, 27), EVENING)
    assert not serves(shared, read(desk, "core", '[data]\nfallback = ["tiingo"]\n'), SESSION, EVENING)
    assert not serves(shared, read(desk, "core", DDD=1.0), SESSION, EVENING)
    assert not serves(shared, read(desk, "other"), SESSION, EVENING)
    assert serves(shared, read(desk, "core", "[risk]\nvar_95 = 0.5\n"), SESSION, EVENING)
