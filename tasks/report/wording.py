"""How every channel words the same numbers: the terminal, Slack and Prefect's pages say one thing."""

import re
from collections.abc import Sequence

from quant.market.gaps import DENSE, LONGEST
from tasks.context.words import NAMED, amount, count, instant, share, some
from tasks.report.data import AcceptedRow, BeginsRow, EarlierRow, GapRow, QuarantinedRow
from tasks.report.model import CheckRow, Construction, Report, RunStatus, Tax

STANDING: dict[RunStatus, str] = {
    "recommended": "trade",
    "partial": "trade in part",
    "held": "held",
    "no_action": "at rest",
}
"""What is said of accounts with a status."""

DOWN = {"outage": "did not answer", "rate_limited": "answers no more requests for now"}
"""What a vendor that serves again later has done, by the kind of its failure."""

EXAMPLE = (
    "EXAMPLE: this portfolio comes with Ballast, nobody holds it, and its messages are not sent. "
    "Copy its files to HOME/portfolios and make it yours."
)

BEGAN = {
    "gap": f"more than {LONGEST} sessions in a row are missing before",
    "jump": "the close behind a gap lies beyond the move bound: nobody may have had that return",
    "sparse": f"fewer than {DENSE:.0%} of the sessions before have a price, so these are no daily prices",
}
"""Why a history begins anew."""

SHOWN_TILT = 0.0005
"""Departures from a strategic weight that are shown as 0.0% are none."""


def headline(report: Report) -> str:
    """The result in a few words."""
    if report.status == "failed":
        return "the run failed"
    if report.withdrawn:
        return "withdrawn, run again"
    if report.superseded_by:
        return "replaced by a newer run"
    why = f": {down(report)}" if down(report) else ""
    if not report.trades:
        return f"everything is held{why}" if report.status == "held" else "nothing to trade"
    held = sum(row.status == "held" for row in report.trades)
    proposed = len(report.trades) - held
    parts = [f"{count(proposed, 'trade')} proposed"] if proposed else []
    return ", ".join([*parts, *([f"{held} held"] if held else [])]) + why


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


def breaches(report: Report) -> str:
    """How many bands are breached, and how many could not be measured; empty without bands."""
    known = [row for row in report.drift if row.actual is not None]
    if not report.drift:
        return ""
    if not known:
        return "No drift can be measured."
    found = f"{sum(row.breached for row in known)} of {count(len(known), 'band')} breached"
    unknown = len(report.drift) - len(known)
    return f"{found}, {unknown} not measured." if unknown else f"{found}."


def volatile(report: Report) -> str:
    """The portfolio's volatility with how it is estimated, and that of its check where this differs."""
    if report.risk is None:
        return ""
    if report.risk.volatility is None:
        return "The portfolio's volatility cannot be computed."
    method = {"ledoit_wolf": "Ledoit-Wolf covariance"}.get(report.risk.method, report.risk.method)
    said = f"Volatility {report.risk.volatility:.1%} a year"
    if not any(row.check == "max_volatility" and row.value is not None for row in report.checks):
        return said
    return f"{said} by the {method}, where max_volatility takes the sample covariance"


def holes(gaps: Sequence[GapRow], begins: Sequence[BeginsRow]) -> list[str]:
    """The sessions without a price, what waits for them, and the histories that begin anew, one a line."""
    alike: dict[tuple[bool, str, str | None], list[GapRow]] = {}
    for row in gaps:
        alike.setdefault((not row.holds, row.symbol, row.accepted), []).append(row)
    return [
        *(_begins(row) for row in begins),
        *(_gaps(alike[key]) for key in sorted(alike, key=lambda key: key[:2])),
    ]


def _begins(row: BeginsRow) -> str:
    how = f"is measured from {row.session} on" if row.session else "cannot be measured"
    return f"{row.symbol} {how}: {BEGAN[row.reason]}"


def _gaps(rows: Sequence[GapRow]) -> str:
    """Gaps of one symbol that are judged alike."""
    one, first, last = rows[0], min(row.first for row in rows), max(row.last for row in rows)
    sessions = sum(row.sessions for row in rows)
    when = first if sessions == 1 else f"{sessions} sessions between {first} and {last}"
    waits = "what depends on it is held" if one.holds else "measures reach over it"
    return f"{one.symbol} has no price on {when}: {f'accepted, {one.accepted}' if one.accepted else waits}"


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


def earlier(rows: Sequence[EarlierRow]) -> str:
    """From which session prices are that are older than the run's and right."""
    return "price of " + ", ".join(f"{row.session}: {row.symbol}" for row in rows)


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
    told = [f"{found.by_status[name]:,} {said}" for name, said in STANDING.items() if name in found.by_status]
    orders = sum(row.notional for row in report.trades if row.status == "proposed")
    size = f"orders of {amount(orders, report.currency)}, turnover {share(found.turnover)}"
    held = [f"{row.check} in {row.accounts:,} ({count(row.trades, 'trade')})" for row in found.held]
    return [
        f"{count(found.count, 'account')}: {', '.join(told)}; {size}",
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
    told = [
        f"{name} {amount(_total(values))}" for name, values in parts.items() if any(v != 0 for v in values)
    ]
    return f"Expected costs in {report.currency}: {', '.join(told)}." if told else ""


def _total(values: Sequence[float | None]) -> float | None:
    return None if None in values else sum(value for value in values if value is not None)


def taxed(report: Report) -> list[str]:
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


def accepted(row: AcceptedRow) -> str:
    """Which bar or action of the session somebody vouches for, and why."""
    what = " ".join(part for part in (row.symbol, row.session, row.kind) if part)
    return f"{what} accepted by {row.by}: {row.reason}"


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


def together(rows: Sequence[CheckRow]) -> tuple[str, str]:
    """One check that is unknown of several: of how many of what, and why, or of which."""
    kinds = {"scenario": "scenarios", "class": "classes"}
    what = kinds.get(rows[0].scope.partition(" ")[0], "symbols")
    names = ", ".join(row.scope for row in rows)
    same = {row.rule for row in rows} == {rows[0].rule}
    return f"{len(rows)} {what}", rows[0].rule if same else f"cannot be computed for {names}"


def proposal(row: QuarantinedRow) -> str:
    """The certain repair of a quarantined row, as it follows the row; empty where there is none."""
    if not row.proposed:
        return ""
    values = ", ".join(f"{name} {value:,.6g}" for name, value in row.proposed.items())
    return f"; the certain repair is {values}"
