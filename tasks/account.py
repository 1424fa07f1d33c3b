"""The report of one account: what its run stored of it, with the words that explain it found again."""

from collections.abc import Sequence
from typing import Any

from config.portfolio import Portfolio
from quant.accounts.alone import decide_alone
from quant.checks import Finding
from quant.drift import measure
from quant.errors import InputError
from quant.gate import Decision
from quant.triggering import judge
from tasks import accounts, known
from tasks.ledger import find_run
from tasks.place import Place
from tasks.report import Report, TriggerRow
from tasks.reporting import assemble, concerning, from_json, instant
from warehouse import accounts as stored


def report_of(place: Place, text: str, portfolio: str | None, account: str) -> Report:
    """The report of the run that `text` means, as if the account were its portfolio.

    Numbers are those that were stored; rules and reasons are worked out again from what the run knew.

    Raises:
        InputError: no such run, it has no accounts, or not this one.
    """
    run_id = find_run(place, text, portfolio)
    with place.warehouse.open() as db:
        report = assemble(db, run_id, place.now())
        scope = known.load(db, run_id)
        many = accounts.of(db, scope)
        rows = stored.of_account(db, run_id, account)
    if many is None:
        raise InputError(f"--account {account!r}: {run_id} is of a portfolio without accounts. Leave it out.")
    place_of = accounts.account_of(many, account)
    if not rows["accounts"]:
        raise InputError(
            f"--account {account!r}: {run_id} has decided nothing about accounts: {report.error}."
        )
    common = accounts.terms(scope)
    decision = decide_alone(many, common, place_of)
    book, policy = many.alone(place_of), common.policy
    rules = judge(book, policy, measure(book, policy), common.calendar_due, common.past).rules
    checks = [_check(row, decision) for row in rows["account_checks"]]
    own = rows["accounts"][0]
    return Report.model_validate(
        report.model_dump()
        | {
            "account": account,
            "accounts": None,
            "status": own["status"],
            "value": own["value"],
            "cash": own["cash"],
            "drift": _without(rows["account_drift"], "account"),
            "triggers": [{name: getattr(rule, name) for name in TriggerRow.model_fields} for rule in rules],
            "trades": [_trade(row, decision, scope.portfolio, checks) for row in rows["account_trades"]],
            "checks": checks,
            "construction": next(iter(_without(rows["account_construction"], "account")), None),
            "risk": None,
            "notices": [],
        }
    )


def _trade(
    row: dict[str, Any], decision: Decision, portfolio: Portfolio, checks: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """A stored trade with its rule and reason, why it is held, and the checks that concern it."""
    own = next((one for one in decision.trades if one.trade.symbol == row["symbol"]), None)
    words = {
        "rule": own.trade.rule if own else row["trigger"],
        "reason": own.trade.reason if own else row["trigger"],
        "held_because": row["held_by"] and ((own and own.held_because) or row["held_by"]),
    }
    symbol, parts = row["symbol"], ("commission", "spread", "impact")
    costs = None if row["commission"] is None else {name: row[name] for name in parts}
    left_out = {"account", "held_by", *parts}
    return {name: value for name, value in row.items() if name not in left_out} | words | {
        **from_json(row, "lots", "tax"),
        "costs": costs,
        "currency": portfolio.currencies[symbol],
        "expires": instant(row["expires"]),
        "checks": concerning(symbol, portfolio.classes[symbol], checks),
    }  # fmt: skip


def _check(row: dict[str, Any], decision: Decision) -> dict[str, Any]:
    """A stored finding with its rule and reference."""

    def is_same(one: Finding) -> bool:
        return (one.check, one.scope) == (row["check"], row["scope"])

    own = next(filter(is_same, decision.findings), None)
    words = {"rule": own.rule if own else "", "reference": own.reference if own else None}
    return {name: value for name, value in row.items() if name != "account"} | words


def _without(rows: list[dict[str, Any]], column: str) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if name != column} for row in rows]
