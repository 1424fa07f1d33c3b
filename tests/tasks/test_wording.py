"""What the weights in force, and accounts, are called in digest and messages."""

import pytest

from tasks.report.model import AccountsRow, Allocation, AllocationRow, HeldBy
from tasks.report.words.wording import allocated, of_accounts
from tests.tasks.notifiers.reports import ALLOCATION, report


def told(weights=(), **changed):
    rows = [AllocationRow(symbol=name, strategic=before, target=now) for name, before, now in weights]
    return allocated(report(allocation=ALLOCATION.model_copy(update={"weights": rows, **changed})))


def test_model_day_and_the_three_largest_tilts():
    weights = [("A", 0.4, 0.35), ("B", 0.3, 0.31), ("C", 0.2, 0.22), ("D", 0.1, 0.12)]
    assert told(weights) == "Allocation risk_parity, fitted on 2015-08-03: A -5.0%, C +2.0%, D +2.0%."


def test_what_is_kept_in_cash():
    weights = [("A", 0.6, 0.5), ("B", 0.4, 0.4)]
    assert told(weights, model="trend") == (
        "Allocation trend, fitted on 2015-08-03: A -10.0%, 10.0% kept in cash."
    )


def test_no_tilt_and_a_fallback():
    assert told([("A", 1.0, 1.0)]).endswith("2015-08-03: no tilt.")
    assert told(status="fallback", reason="MeanRisk has not converged (no solution)") == (
        "Allocation risk_parity: strategic weights, because MeanRisk has not converged (no solution)."
    )


@pytest.mark.parametrize(
    "found", [None, Allocation(model="fixed", status="fixed", reason=None, fitted_on=None, weights=[])]
)
def test_weights_of_the_file_need_no_word(found):
    assert allocated(report(allocation=found)) == ""


@pytest.mark.parametrize(
    ("count", "trades", "words"),
    [
        (1, 1, ["1 account: 1 held; orders of 0.00 USD, turnover 0.00%", "held by cash in 1 (1 trade)"]),
        (
            2000,
            3,
            [
                "2,000 accounts: 2,000 held; orders of 0.00 USD, turnover 0.00%",
                "held by cash in 2,000 (3 trades)",
            ],
        ),
    ],
)
def test_accounts_and_trades_are_counted(count, trades, words):
    held = [HeldBy(check="cash", accounts=count, trades=trades)]
    row = AccountsRow(count=count, by_status={"held": count}, turnover=0.0, largest=[], held=held)
    assert of_accounts(report(accounts=row)) == words
