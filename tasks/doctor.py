"""Looking at everything that the daily run needs, one finding each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from platform import python_version
from typing import Literal

from config import portfolio as portfolios
from config.settings import prepare_home
from quant.errors import BallastError
from tasks import sources
from tasks.notifiers import Channel
from tasks.notifiers.slack import identity
from tasks.place import Place
from tasks.plan import kill_switch
from tasks.sources import Request

Status = Literal["good", "note", "bad"]
PROBE = "SPY"
"""A symbol that every vendor of US prices must know: asking for it tells an outage from a delisting."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. "note": works, but somebody should know."""

    name: str
    status: Status
    detail: str


def examine(place: Place, server: str | None) -> list[Finding]:
    """Environment, HOME, warehouse, portfolios, vendor, Slack, Prefect and the kill switch, in that order."""
    looks: dict[str, Callable[[Place], Finding]] = {
        "environment": _environment,
        "home": _home,
        "warehouse": _warehouse,
        "portfolios": _portfolios,
        "source": _source,
        "slack": _slack,
        "kill switch": _kill_switch,
    }
    findings = []
    for name, look in looks.items():
        try:
            findings.append(look(place))
        except BallastError as error:
            findings.append(Finding(name, "bad", str(error)))
    running = f"running at {server}" if server else "not running here; `ballast up` starts it"
    return [*findings, Finding("prefect", "good" if server else "note", running)]


def _environment(_: Place) -> Finding:
    libraries = ", ".join(
        f"{name} {version(name)}" for name in ("prefect", "duckdb", "great-expectations", "yfinance")
    )
    return Finding("environment", "good", f"Python {python_version()}, {libraries}")


def _home(place: Place) -> Finding:
    prepare_home(place.home)
    return Finding("home", "good", f"{place.home} can be written")


def _warehouse(place: Place) -> Finding:
    with place.warehouse.open() as db:
        row = db.one("warehouse_summary")
    assert row is not None
    text = f"{place.warehouse.file}: {row['bars']} bars of {row['symbols']} symbols, {row['runs']} runs"
    return Finding("warehouse", "good", text)


def _portfolios(place: Place) -> Finding:
    known = portfolios.names(place.home)
    for file in known.values():
        portfolios.read(file)
    return Finding("portfolios", "good", f"{', '.join(sorted(known))}: read without fault")


def _source(place: Place) -> Finding:
    module, location, name = sources.resolve(place.settings.source)
    today = place.now().date()
    begins = module.begins(Request(_watched(place), None, today, location))
    if begins is not None:
        return Finding("source", "good", f"{name} knows the portfolios' symbols since {begins}")
    if module.LOCATED:
        return Finding("source", "bad", f"{name} has none of the portfolios' symbols")
    request = Request((PROBE,), today - timedelta(days=10), today, place.settings.yahoo_url)
    delivery = module.fetch(request)
    if delivery.errors:
        first = delivery.errors[0]
        return Finding("source", "bad", f"{name} does not give {PROBE}: {first.kind}: {first.error}")
    return Finding("source", "good", f"{name} gives {PROBE}: {len(delivery.bars)} bars of the last ten days")


def _watched(place: Place) -> tuple[str, ...]:
    """Every symbol that any portfolio needs."""
    files = portfolios.names(place.home).values()
    return tuple(sorted({symbol for file in files for symbol in portfolios.read(file).watched}))


def _slack(place: Place) -> Finding:
    settings = place.settings
    if settings.slack_token is None:
        return Finding(
            "slack", "note", "no BALLAST_SLACK_TOKEN: messages are written to HOME/previews instead"
        )
    channel = Channel("slack", "", settings.home, settings.slack_url, settings.slack_token)
    return Finding("slack", "good", f"the token is accepted: {identity(channel)}")


def _kill_switch(place: Place) -> Finding:
    reason = kill_switch(place.home)
    if reason:
        return Finding(
            "kill switch", "note", f"ON, everything is HELD: {reason}. Remove {place.home / 'KILL'} to go on."
        )
    return Finding("kill switch", "good", "off")
