"""The sentences of a report on its decision, its trades and the people behind it."""

import re
from collections.abc import Sequence

from tasks.context.words import NAMED, amount, count, instant, rounded, share, some
from tasks.report.document import line
from tasks.report.model import Report, RunStatus, TradeRow
from tasks.report.words.check_words import cause, plainly
from warehouse.tables.found import Construction, DriftRow, Tax

STANDING: dict[RunStatus, str] = {
    "recommended": "to trade",
    "partial": "to trade in part",
    "held": "held",
    "no_action": "with nothing to do",
}
"""What is said of accounts with a status."""

DOWN = {"outage": "did not answer", "rate_limited": "answers no more requests for now"}
"""What a vendor that serves again later has done, by the kind of its failure."""

EXAMPLE = (
    "EXAMPLE: this portfolio comes with Ballast, nobody holds it, and its messages are not sent. "
    "Copy its files to HOME/portfolios and make it yours."
)

SHOWN_TILT = 0.0005
"""Departures from a strategic weight that are shown as 0.0% are none."""


SHORT = 110
"""Characters of a reason that the first line names; the whole reason stands below it."""


def decision(report: Report) -> str:
    """The first line: what to do today, or why nothing may be done."""
    if report.status == "failed":
        return f"FAILED: {line(report.error or 'the run did not end', SHORT)}"
    if report.withdrawn:
        return "WITHDRAWN: trade nothing of it, run the day again"
    if report.superseded_by:
        return "REPLACED by a newer run"
    held = sum(row.status == "held" for row in report.trades)
    if proposed := [row for row in report.trades if row.status == "proposed"]:
        return to_trade(proposed, report.currency) + (f"; {held} HELD" if held else "")
    return f"HELD: {_why_held(report)}" if report.status == "held" or held else _idle(report.drift)


def to_trade(rows: Sequence[TradeRow], currency: str) -> str:
    """Such as "2 buys, 1 sell, 44,254 USD to trade"."""
    buys = sum(row.side == "BUY" for row in rows)
    sides = {"buy": buys, "sell": len(rows) - buys}
    text = ", ".join(count(number, side) for side, number in sides.items() if number)
    return f"{text}, {rounded(sum(row.notional for row in rows), currency)} to trade"


def _why_held(report: Report) -> str:
    """The first reason, in a few words, and how many others there are."""
    if why := down(report):
        return why
    reasons = held_because(report)
    more = f" (and {count(len(reasons) - 1, 'other reason')})" if len(reasons) > 1 else ""
    return line(next(iter(reasons), "no reason given"), SHORT) + more


def held_because(report: Report) -> dict[str, list[str]]:
    """Each reason why something is held, with the symbols that it holds: none where nothing would trade."""
    reasons: dict[str, list[str]] = {}
    for row in report.trades:
        if row.status == "held":
            reasons.setdefault(plainly(row.held_because or "no reason given"), []).append(row.symbol)
    if not report.trades:
        for check in report.checks:
            if check.status == "block":
                reasons.setdefault(cause(check.rule), [])
    return reasons


def _idle(drift: Sequence[DriftRow]) -> str:
    """That there is nothing to do, and how near the nearest band is, in points: percent of value."""
    used = {id(row): abs(row.drift) / row.band for row in drift if row.drift is not None and row.band}
    if not used:
        return "Nothing to do"
    breached = sum(row.breached for row in drift)
    if breached:
        return (
            f"Nothing to do, although {count(breached, 'band')} {'is' if breached == 1 else 'are'} breached"
        )
    found = max((row for row in drift if id(row) in used), key=lambda row: used[id(row)])
    so_far, band = (abs(part or 0.0) * 100 for part in (found.drift, found.band))
    return f"Nothing to do; nearest band {line(found.key, 40)} {so_far:,.1f} of {band:,.1f} points"


def down(report: Report) -> str:
    """That the vendor was down, where this alone holds everything; empty else."""
    kinds = {row.symbol: row.kind for row in report.data.errors if row.kind in DOWN}
    stale = report.data.stale
    if report.status != "held" or not stale or not {*stale} <= {*kinds}:
        return ""
    said = " and ".join(DOWN[kind] for kind in DOWN if kind in {kinds[symbol] for symbol in stale})
    return f"{report.data.source} {said} ({count(len(stale), 'symbol')})"


def named(report: Report) -> str:
    """The portfolio's name; an example says that it is one."""
    return f"{report.portfolio} (example)" if report.example else report.portfolio


def in_doubt(report: Report) -> str:
    """What the value rests on although it may be wrong, as it follows a sentence; empty where nothing is."""
    doubts = [f"{symbol.removesuffix('=X')}: {why}" for symbol, why in report.data.value_in_doubt.items()]
    return f"the value is in doubt ({some(doubts)})" if doubts else ""


def called_for(report: Report) -> str:
    """What called for a rebalance or keeps it back, and what is harvested; empty for a run without rules."""
    if not report.triggers or report.accounts:  # each account is judged by itself
        return ""
    sold = [row.symbol for row in report.trades if (row.trigger, row.side) == ("harvest", "SELL")]
    return _called_for(report) + (f" Losses harvested: {some(sold, 10)}." if sold else "")


def _called_for(report: Report) -> str:
    *rules, when = report.triggers
    scopes: dict[str, list[str]] = {}
    for row in rules:
        if row.fired:
            scopes.setdefault(row.trigger, []).append(row.scope)
    if "cooldown" in scopes:
        return f"Cooldown: {next(row.rule for row in rules if row.trigger == 'cooldown')}."
    fired = ", ".join(_fired(name, found) for name, found in scopes.items())
    if when.fired:
        asked = set(re.findall(r"\w+", when.rule))  # other rules fire without being asked
        called = ", ".join(_fired(name, found) for name, found in scopes.items() if name in asked)
        return f"Called for by {called}."
    return f"Not met: {when.rule}; fired: {fired}." if fired else "No trigger fired."


def allocated(report: Report) -> str:
    """Which model set the weights in force, when, and its largest tilts; empty for those of the file."""
    found = report.allocation
    if found is None or found.status == "fixed":
        return ""
    if found.status == "fallback":
        return f"Allocation {found.model}: strategic weights, because {found.reason}."
    tilts = [(row.symbol, round(row.target - row.strategic, 6)) for row in found.weights]
    tilts.sort(key=lambda tilt: -abs(tilt[1]))
    kept = -sum(tilt for _, tilt in tilts)
    named = [f"{symbol} {tilt:+.1%}" for symbol, tilt in tilts[:3] if abs(tilt) >= SHOWN_TILT]
    cash = [f"{kept:.1%} kept in cash"] if kept >= SHOWN_TILT else []
    said = ", ".join([*named, *cash]) or "no tilt"
    return f"Allocation {found.model}, fitted on {found.fitted_on}: {said}."


def _fired(trigger: str, scopes: list[str]) -> str:
    """A trigger with what it fired for, at most three of them by name."""
    return trigger if scopes == ["portfolio"] else f"{trigger} ({some(scopes)})"


def of_accounts(report: Report) -> list[str]:
    """What the accounts of a portfolio came to, what holds them, and the largest drifts, one a line."""
    found = report.accounts
    if found is None:
        return []
    parts = [
        f"{found.by_status[name]:,} {said}" for name, said in STANDING.items() if name in found.by_status
    ]
    orders = sum(row.notional for row in report.trades if row.status == "proposed")
    size = f"orders of {amount(orders, report.currency)}, turnover {share(found.turnover)}"
    held = [f"{row.check} in {row.accounts:,} ({count(row.trades, 'trade')})" for row in found.held]
    return [
        f"{count(found.count, 'account')}: {', '.join(parts)}; {size}",
        *([f"held by {', '.join(held)}"] if held else []),
        *(f"{row.account}: {row.key} {share(row.actual)}, {share(row.drift, '+')}" for row in found.largest),
    ]


def constructed(found: Construction | None) -> str:
    """Why there is no optimum, where one was asked for; empty else."""
    if found is None or found.fallback is None:
        return ""
    return f"No optimum: {found.conflict}. The {found.fallback} construction was used instead."


def expected_costs(report: Report) -> str:
    """What the trades are expected to cost together, part by part, where anything does; empty else."""
    rows = [row.costs for row in report.trades if row.costs is not None]
    parts = {
        "commission": [row.commission for row in rows],
        "spread": [row.spread for row in rows],
        "impact": [row.impact for row in rows],
    }
    sums = [
        f"{name} {amount(_total(values))}" for name, values in parts.items() if any(v != 0 for v in values)
    ]
    return f"Expected costs in {report.currency}: {', '.join(sums)}." if sums else ""


def _total(values: Sequence[float | None]) -> float | None:
    return None if None in values else sum(value for value in values if value is not None)


def taxed(report: Report) -> str:
    """The estimated tax of all sales together, and what not to buy to keep a loss; empty without taxes."""
    rows = [row for row in report.trades if row.tax is not None]
    if not rows:
        return ""
    total = sum(row.tax.tax for row in rows if row.tax)
    losses = [row.symbol for row in rows if row.tax and row.tax.wash_until]
    until = max((row.tax.wash_until for row in rows if row.tax and row.tax.wash_until), default="")
    keep = f"; to keep its loss, do not buy {some(losses)} up to {until}" if losses else ""
    return f"Estimated tax of the sales: {total:+,.2f} {report.currency}{keep}."


def taxes(report: Report) -> list[str]:
    """The gains and the tax of each sale, with what a wash sale disallows and how long not to buy."""
    whose = " for an account that sells it" if report.accounts else ""
    return [
        _taxed(row.symbol, row.tax, report.currency, whose) for row in report.trades if row.tax is not None
    ]


def _taxed(symbol: str, tax: Tax, currency: str, whose: str) -> str:
    gains = f"{symbol}: short-term {tax.short_gain:+,.2f}, long-term {tax.long_gain:+,.2f}"
    washed = f"; wash sale: {amount(tax.disallowed)} of the loss is disallowed" if tax.disallowed else ""
    until = f"; to keep the loss, do not buy it{whose} up to {tax.wash_until}" if tax.wash_until else ""
    return f"{gains}, estimated tax {tax.tax:+,.2f} {currency}{washed}{until}."


def live(report: Report) -> list[str]:
    """Whether the run's trades may be done, and what they replace, a sentence each."""
    said = [EXAMPLE] if report.example else []
    said += [f"It replaces {one}: do not trade that any more." for one in report.replaces[:NAMED]]
    if others := report.replaces[NAMED:]:
        said.append(f"It replaces {count(len(others), 'older run')} too: do not trade what they say either.")
    if report.superseded_by:
        said.append(f"Replaced by run {report.superseded_by}: trade nothing of this one.")
    if report.withdrawn:
        said.append(f"Withdrawn: {report.withdrawn}. Trade nothing of it; run the day again.")
    return said


def standing(report: Report) -> list[str]:
    """What people decided about the portfolio's halts and checks, a sentence each; in every message."""
    zone = report.time_zone
    said = [f"{report.disabled[:1].upper()}{report.disabled[1:]}."] if report.disabled else []
    if report.enabled:
        one = report.enabled
        what = "All portfolios were" if one.portfolio == "all" else "It was"
        said.append(f"{what} enabled by {one.by}, {instant(one.at, zone)}: {one.reason}.")
    for row in report.overrides:
        what = f"{row.check} of {row.symbol}" if row.symbol else row.check
        until = f"until {instant(row.until, zone)} by {row.by} and {row.approved_by}"
        said.append(f"{what} is overridden {until}: {row.reason}.")
    return said


def breaches(report: Report) -> str:
    """How many bands are breached, and how many could not be measured; empty without bands."""
    unknown = sum(row.actual is None for row in report.drift)
    if not report.drift:
        return ""
    text = f"{sum(row.breached for row in report.drift)} of {len(report.drift) - unknown:,} breached"
    return f"{text}, {unknown} not measured" if unknown else text


def returned(report: Report) -> str:
    """The portfolio's own time-weighted returns, as far as they are known; empty where none is."""
    found = report.performance
    if found is None:
        return ""
    parts = {
        "day": found.day, "month": found.month, "year": found.year, f"since {found.first}": found.since,
    }  # fmt: skip
    said = [f"{when} {share(value, '+')}" for when, value in parts.items() if value is not None]
    return ", ".join(said)


def volatile(report: Report) -> str:
    """The portfolio's volatility, most of what it comes from, and that its check takes another estimate."""
    risk = report.risk
    if risk is None or risk.volatility is None:
        return "cannot be computed"
    parts = sorted(risk.contributions, key=lambda row: -(row.share or 0.0))
    most = ", ".join(f"{line(row.symbol, 40)} {row.share:.0%}" for row in parts[:NAMED] if row.share)
    said = f"{risk.volatility:.1%} a year" + (f", most from {most}" if most else "")
    if not any(row.check == "max_volatility" and row.value is not None for row in report.checks):
        return said
    if risk.method == "sample":
        return f"{said} (sample covariance)"
    method = {"ledoit_wolf": "Ledoit-Wolf"}.get(risk.method, risk.method)
    return f"{said} ({method} covariance; max_volatility takes the sample covariance)"
