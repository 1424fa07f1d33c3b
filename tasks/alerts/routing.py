"""Which of a portfolio's channels are told of an alert, by severity and time of day. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from config.alerts import AlertRules, Route
from tasks.alerts.life import SEVERITIES
from warehouse.tables.alerts import Severity


class Named(Protocol):
    """A channel as its portfolio's file names it."""

    @property
    def name(self) -> str: ...

    @property
    def address(self) -> str: ...


C = TypeVar("C", bound=Named)


def routed(
    channels: Sequence[C], portfolio: str, severity: Severity, now: datetime, rules: AlertRules
) -> list[C]:
    """Those of a portfolio's channels that the first route that fits names, in their order.

    All of them where no route fits, and where the portfolio has none of the channels that it names: an alert
    is never told nowhere because a name is misspelt. `now` is aware.
    """
    route = next((one for one in rules.route if _fits(one, portfolio, severity, now)), None)
    chosen = [one for one in channels if route and {*called(one)} & {*route.channel}]
    return chosen or [*channels]


def called(channel: Named) -> tuple[str, ...]:
    """What a route may call a channel: its name, its address, a webhook's name without its digest."""
    return channel.name, channel.address, channel.name.rpartition("#")[0] or channel.name


def _fits(route: Route, portfolio: str, severity: Severity, now: datetime) -> bool:
    return (
        (route.portfolio is None or portfolio in route.portfolio)
        and SEVERITIES.index(severity) >= SEVERITIES.index(route.severity)
        and _at_this_time(route, now)
    )


def _at_this_time(route: Route, now: datetime) -> bool:
    if route.hours is None:
        return True
    begins, ends, zone = route.hours
    clock = now.astimezone(zone).time()
    return begins <= clock < ends if begins < ends else clock >= begins or clock < ends
