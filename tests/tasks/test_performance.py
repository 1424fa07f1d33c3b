"""The portfolio's own return in the report: from recorded values, with deposits and withdrawals."""

import pytest

from quant.errors import InputError
from tasks.report.digest import digest
from tasks.report.files.pictures import pictures
from tasks.report.find_report import find_report
from tests.tasks.desk import Desk, market, sessions

BEFORE, YESTERDAY, TODAY = sessions(3)


def flow(day, amount):
    return f"[[flow]]\ndate = {day}\namount = {amount}\n"


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Three sessions; 4,000 are paid in after the first, and 1,000 taken out today, told a day late."""
    desk = Desk(tmp_path_factory.mktemp("returns"))

    def file(cash, tables=""):
        path = desk.portfolio(tables=tables)
        path.write_text(path.read_text().replace("cash = 5000.0", f"cash = {cash}"))
        return path

    later = flow(TODAY, -1000.0)
    paid = flow(YESTERDAY, 4000.0)
    today = desk.day(market(), file(8000.0, paid + later))
    first = desk.decision(file(5000.0), BEFORE)
    second = desk.decision(file(9000.0, paid), YESTERDAY)
    return desk, first, second, find_report(desk.context(), today.run_id, None)


def test_flows_are_no_returns(ran):
    _, first, second, today = ran
    assert first.performance is None  # there is nothing before it
    earned = second.value / (first.value + 4000.0) - 1
    assert second.performance.day == pytest.approx(earned)
    last = today.value / (second.value - 1000.0) - 1
    assert today.performance.day == pytest.approx(last)
    assert today.performance.since == pytest.approx((1 + earned) * (1 + last) - 1)
    assert (today.performance.first, today.performance.month) == (str(BEFORE), None)


def test_the_picture_grows_by_the_same_returns(ran):
    today = ran[3]
    assert [row.flow for row in today.history[1:]] == [4000.0, -1000.0]
    [own] = [one for one in pictures(today) if one.name == "value"]
    values = [row["value"] for row in own.chart["data"]["values"] if row["of"] == "portfolio"]
    assert values[-1] / 100 - 1 == pytest.approx(today.performance.since)


def test_it_stands_beside_the_benchmark(ran):
    position = next(part for part in digest(ran[3]).parts if part.name == "position")
    [own] = [one.value for one in position.rows if one.name == "Own return"]
    earned = ran[3].performance
    assert own == f"day {earned.day:+.2%}, since {BEFORE} {earned.since:+.2%}"


def test_a_value_that_has_a_later_flow_is_counted_without_it(ran):
    """Yesterday is decided again with the file of today, from which 1,000 are gone already."""
    desk, _, second, _ = ran
    path = desk.portfolio(tables=flow(YESTERDAY, 4000.0) + flow(TODAY, -1000.0))
    path.write_text(path.read_text().replace("cash = 5000.0", "cash = 8000.0"))
    again = desk.decision(path, YESTERDAY)
    assert again.value == second.value - 1000.0
    assert again.performance.day == pytest.approx(second.performance.day)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("[[flow]]\ndate = 2024-06-03\namount = 0.0\n", "has amount = 0"),
        ("[[flow]]\ndate = 2024-06-03\n", "flow #1.amount' is missing"),
        ("[[flow]]\ndate = 2024-06-03\namount = 1.0\nsum = 1\n", "nearest known key is 'amount'"),
        ("[flow]\ndate = 2024-06-03\namount = 1.0\n", r"write one \[\[flow\]\] table for each flow"),
    ],
)
def test_a_flow_that_says_nothing_is_refused(desk, table, words):
    from config import portfolio_file

    with pytest.raises(InputError, match=words):
        portfolio_file.read(desk.portfolio(tables=table))
