"""What the watch has to tell now, and to whom: by the rules of HOME/alerts.toml, through the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from config.alerts import AlertRules
from config.portfolio import Portfolio
from tasks.alerts import grouping, silences
from tasks.alerts.grouping import Group, Member
from tasks.alerts.life import SEVERITIES
from tasks.alerts.routing import routed
from tasks.context.context import Context
from tasks.decisions import fall_holds
from tasks.notifiers import Channel, channels_of
from tasks.outbox.alerting import fell
from tasks.report.files.fall_picture import Hour
from tasks.report.messages.fell import MARKET, Fell, Position
from tasks.watch.minutes import Played
from tasks.watch.wanted import Wanted
from warehouse import alerts, runs
from warehouse.database.database import Database
from warehouse.tables.alerts import AlertState


@dataclass(frozen=True)
class Asked:
    """What was put into the outbox: to which channels; and when something is to be told next, if ever.

    `lasting`: an alert is not over yet, so that people may change how it stands. `pictures`: of what was told
    for the first time.
    """

    channels: tuple[Channel, ...]
    next_due: datetime | None
    lasting: bool
    pictures: tuple[tuple[Fell, Hour], ...] = ()


def ask(db: Database, context: Context, played: Played, rules: AlertRules, now: datetime) -> Asked:
    """Put into the outbox what is to be told by now, and note it as told; one unit of work."""
    members, elsewhere = _members(db, played.wanted, now)
    asked: list[Channel] = []
    pictures: list[tuple[Fell, Hour]] = []
    for group in grouping.due(members, rules, now):
        portfolio = played.wanted.portfolios[group.portfolio]
        told = _fell(db, played, group, members, elsewhere)
        severity = max((one.severity for one in told.found), key=SEVERITIES.index)
        every = channels_of(context.settings, portfolio)
        shown = fell.messages(db, group.portfolio, group.session, group.kind)
        route = {one.address for one in routed(every, portfolio.name, severity, now, rules)}
        channels = [one for one in every if one.address in route or one.address in shown]
        fell.ask(db, told, channels, now)
        alerts.store_portfolios(db, grouping.told(group, now))
        asked += channels
        pictures += [(told, _hour(played, told.found))] if group.reason == "new" else []
    members = _members(db, played.wanted, now)[0] if asked else members
    lasting = any(one.alert.state != "resolved" for one in members)
    return Asked(tuple(asked), grouping.next_due(members, rules, now), lasting, tuple(pictures))


def _members(db: Database, wanted: Wanted, now: datetime) -> tuple[list[Member], list[Member]]:
    """How the watched portfolios stand to the alerts that were seen in this session, here and elsewhere.

    `muted` is what silences say now. Elsewhere: on the other exchanges that the portfolios hold.
    """
    links = alerts.watched(db, wanted.session, [*wanted.portfolios])
    known, silent = alerts.of(db, [one.fingerprint for one in links]), silences.active(db, now)
    here = {*wanted.symbols, wanted.calendar.name}
    members = [
        Member(alert, replace(link, muted=silences.why(silent, alert, link.portfolio)))
        for link in links
        for alert in (known[link.fingerprint],)
    ]
    own = [one for one in members if one.alert.symbol in here]
    return own, [one for one in members if one.alert.symbol not in here and not one.link.muted]


def _fell(
    db: Database, played: Played, group: Group, members: Sequence[Member], elsewhere: Sequence[Member]
) -> Fell:
    """What is told to a group's portfolio.

    With a fall of the market also its single names that fall. What fell on other exchanges stays in the
    message: there is one for each portfolio, session and kind.
    """
    found = [one.alert for one in group.members]
    if group.kind == MARKET:
        found += [
            one.alert
            for one in members
            if one.link.portfolio == group.portfolio and one.alert.kind != MARKET
            and one.alert.state != "resolved"
        ]  # fmt: skip
    found += [
        one.alert
        for one in elsewhere
        if one.link.portfolio == group.portfolio and one.alert.kind == group.kind and one.link.told_at
    ]
    portfolio = played.wanted.portfolios[group.portfolio]
    tests: dict[str, dict[str, float | None]] = {}
    for test in alerts.tests(db, [one.fingerprint for one in found]):
        tests.setdefault(test.fingerprint, {})[test.test] = test.value
    return Fell(
        group.portfolio,
        group.session,
        str(played.wanted.calendar.zone),
        group.kind,
        found,
        tests,
        frozenset(one.alert.fingerprint for one in group.fresh if one.alert.state != "acknowledged"),
        positions(played, portfolio, found),
        _held(db, group.portfolio, found),
        again=group.reason == "repeat",
    )


def _hour(played: Played, found: Sequence[AlertState]) -> Hour:
    """The last prices of what falls; of all that is watched where the market does."""
    falling = {one.symbol for one in found}
    wide = any(one.kind == MARKET for one in found)
    rows = [*played.hour]
    prices = {
        symbol: [float(of[place]) for _, of in rows]
        for place, symbol in enumerate(played.wanted.symbols)
        if wide or symbol in falling
    }
    return Hour([end for end, _ in rows], prices, {one.symbol: one.fired_at for one in found})


def _held(db: Database, portfolio: str, found: Sequence[AlertState]) -> dict[str, str]:
    """Why each order of the portfolio that these alerts hold may not be approved, by symbol."""
    newest, own = runs.latest_live(db, portfolio), {alert.fingerprint for alert in found}
    held = fall_holds.standing(db, newest) if newest else []
    return {one.symbol: str(one) for one in held if one.alert in own}


def positions(played: Played, portfolio: Portfolio, found: Sequence[AlertState]) -> list[Position]:
    """What a portfolio holds of the symbols that fall; of all that are watched where the market does.

    The largest change first. Without a price of this session a symbol has none.
    """
    wide = any(one.kind == MARKET for one in found)
    falling, held = {one.symbol for one in found}, portfolio.quantities()
    currencies, prices = portfolio.currencies, played.prices
    closes = played.opening.session.previous_close
    rows = [
        Position(symbol, held[symbol], float(prices[place]), float(closes[place]), currencies[symbol])
        for place, symbol in enumerate(played.wanted.symbols)
        if held.get(symbol) and (wide or symbol in falling) and np.isfinite(prices[place])
    ]
    return sorted(rows, key=lambda one: (np.nan_to_num(one.change, nan=0.0), one.symbol))
