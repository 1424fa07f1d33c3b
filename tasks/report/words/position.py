"""Where a portfolio stands: value, cash before and after its orders, returns, what it may lose in a day."""

from collections.abc import Iterator

from tasks.context.words import points, rounded, share
from tasks.report.document import Fact, fact
from tasks.report.model import Report
from tasks.report.words import wording
from tasks.report.words.check_words import passed


def position(report: Report) -> Iterator[Fact]:
    """A fact for each; amounts in the portfolio's currency, without cents from 100 on."""
    known = report.value is not None
    yield fact("Value", rounded(report.value, report.currency) if report.value is not None else "not known")
    if report.cash is not None:
        yield fact("Cash", _cash(report, report.cash))
    market = report.benchmark
    if market.symbol and (market.day is not None or market.month is not None):
        year = "" if market.year is None else f", year {share(market.year, '+')}"
        moved = f"day {share(market.day, '+')}, month {share(market.month, '+')}{year}"
        yield fact(market.symbol, moved)
    if own := wording.returned(report):
        yield fact("Own return", own)
    if over := _active(report):
        yield fact(f"Over {market.symbol}", over)
    for one in report.checks:
        if one.check == "var_95" and one.value is not None and one.limit and report.value is not None:
            loss, most = rounded(one.value * report.value, report.currency), rounded(one.limit * report.value)
            yield fact("At risk in a day (95%)", f"{loss}, limit {most}")
    if known and report.checks:
        yield fact("Risk checks", passed(report.checks))


def _active(report: Report) -> str:
    """What the portfolio returned beyond its benchmark, in points, as far as both are known."""
    own, its = report.performance, report.benchmark
    if own is None:
        return ""
    both = {
        "day": (own.day, its.day), "month": (own.month, its.month), "year": (own.year, its.year),
        f"since {own.first}": (own.since, own.benchmark_since),
    }  # fmt: skip
    return ", ".join(
        f"{when} {points(mine - other)}"
        for when, (mine, other) in both.items()
        if mine is not None and other is not None
    )


def cash_after(report: Report) -> float | None:
    """The cash that is left when the proposed orders are done at the session's closes, less commissions.

    None where the cash is not known; in the portfolio's currency.
    """
    if report.cash is None:
        return None
    left = report.cash
    for one in report.trades:
        if one.status == "proposed":
            left += one.notional if one.side == "SELL" else -one.notional
            left -= (one.costs.commission or 0.0) if one.costs else 0.0
    return left


def _cash(report: Report, cash: float) -> str:
    """E.g. "25,310 → about 24,898 USD", where orders move it."""
    after = cash_after(report)
    if after is None or all(one.status == "held" for one in report.trades):
        return rounded(cash, report.currency)
    return f"{rounded(cash)} → about {rounded(after, report.currency)}"
