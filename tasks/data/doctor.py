"""Looking at everything that the daily run needs, one finding each."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from platform import python_version
from typing import Literal

from config import alerts, privacy
from config import portfolio_file as portfolios
from config.alerts import Route
from config.settings import Stranger, prepare_home, stray
from quant.errors import BallastError
from tasks import notifiers, sources
from tasks.alerts.routing import called
from tasks.context.context import Context
from tasks.decisions import halts
from tasks.ingest.vendor_request import check
from tasks.ingest.vendors import Vendor
from tasks.notifiers import MUTE, Channel, channels_of
from tasks.notifiers.slack import identity
from tasks.sources import Request, _access

Status = Literal["good", "note", "bad"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. "note": works, but somebody should know."""

    name: str
    status: Status
    detail: str


def examine(context: Context, server: str | None) -> list[Finding]:
    """Environment, HOME, warehouse, portfolios, source, Slack, kill switch, alerts, fallbacks, Prefect."""
    looks: dict[str, Callable[[Context], Finding]] = {
        "environment": _environment,
        "home": _home,
        "warehouse": _warehouse,
        "portfolios": _portfolios,
        "source": _source,
        "slack": _slack,
        "kill switch": _kill_switch,
        "alerts": _alerts,
    }
    findings = []
    for name, look in looks.items():
        try:
            findings.append(look(context))
        except BallastError as error:
            findings.append(Finding(name, "bad", str(error)))
    running = f"running at {server}" if server else "not running here; `ballast up` starts it"
    findings += _fallbacks(context)
    return [*findings, Finding("prefect", "good" if server else "note", running)]


def _alerts(context: Context) -> Finding:
    """How long a critical alert waits for somebody before others are called, and routes that lead nowhere."""
    rules = alerts.of_home(context.home)
    waits = rules.escalation
    said = [
        f"{role} after {minutes:g} minutes" if minutes else f"{role} never"
        for role, minutes in (("deputy", waits.deputy_minutes), ("risk", waits.risk_minutes))
    ]
    odd = [*_astray(context, rules.route)] if rules.route else []
    text = ". ".join([f"not acknowledged, they call: {', '.join(said)}", *odd])
    return Finding("alerts", "note" if odd else "good", text)


def _astray(context: Context, routes: Sequence[Route]) -> Iterator[str]:
    """What routes of alerts name that there is not."""
    try:
        read = [portfolios.read(file) for file in portfolios.names(context.home).values()]
    except BallastError:
        return  # told as the portfolios' finding
    known = {one.name: channels_of(context.settings, one) for one in read}
    for number, route in enumerate(routes, 1):
        unknown = [name for name in route.portfolio or () if name not in known]
        yield from (f"route #{number}: there is no portfolio {name!r}" for name in unknown)
        of = [one for name in route.portfolio or known for one in known.get(name, ())]
        there = {name for channel in of for name in called(channel)}
        yield from (
            f"route #{number}: no portfolio of it has a channel {name!r}"
            for name in route.channel
            if name not in there
        )


def _environment(context: Context) -> Finding:
    libraries = ", ".join(
        f"{name} {version(name)}" for name in ("prefect", "duckdb", "great-expectations", "yfinance")
    )
    settings = context.settings
    strangers = [*settings.strangers(), *_access.strangers(settings)]
    said = [_address(one) for one in strangers]
    unread = stray(context.home)
    if unread is not None:
        said.append(f"{unread} is not read: settings belong into {context.home / '.env'}")
    unknown = _access.unread(settings)
    if unknown:
        said.append(f"{', '.join(unknown)}: read by nobody, is the name right?")
    noted = unread is not None or unknown or any(not one.host.is_this_machine for one in strangers)
    text = ". ".join([f"Python {python_version()}, {libraries}", *said])
    return Finding("environment", "note" if noted else "good", text)


def _address(one: Stranger) -> str:
    """Where an address that is not the vendor's own leads."""
    if one.host.is_this_machine:
        return f"{one.variable} leads to {one.host}, this machine"
    does = "sends the token to" if one.token else "leads to"
    plain = " over plain http" if one.host.scheme == "http" else ""
    return f"{one.variable} {does} {one.host}{plain}, which is not the vendor's own"


def _home(context: Context) -> Finding:
    prepare_home(context.home)
    if privacy.is_open(context.home):
        owner = context.home.owner()
        words = f"{context.home} belongs to {owner} and others may look into it. Let {owner} run: chmod 700"
        return Finding("home", "bad", f"{words} {context.home}")
    return Finding("home", "good", f"{context.home} can be written")


@dataclass(frozen=True)
class Held:
    """How much a warehouse holds: current versions of bars, symbols and runs."""

    bars: int
    symbols: int
    runs: int


def _warehouse(context: Context) -> Finding:
    (held,) = context.warehouse.read(lambda db: db.select(Held, "warehouse_summary"))
    text = f"{context.warehouse.name}: {held.bars} bars of {held.symbols} symbols, {held.runs} runs"
    return Finding("warehouse", "good", text)


def _portfolios(context: Context) -> Finding:
    known = portfolios.names(context.home)
    read = {name: portfolios.read(file) for name, file in known.items()}
    for name, one in read.items():
        notifiers.check(context.settings, one, known[name])
    odd = [f"{name}: {said}" for name, one in read.items() for said in one.oddities]
    if not portfolios.own(context.home):
        odd.append(f"examples, not scheduled: your own go to {context.home / 'portfolios'}")
    text = f"{', '.join(sorted(known))}: read without fault"
    return Finding("portfolios", "note" if odd else "good", ". ".join([text, *odd]))


def _source(context: Context) -> Finding:
    module, location, name = sources.resolve(context.settings.source)
    today = context.now().date()
    watched = _watched(context)
    begins = module.begins(Request(tuple(sorted(watched)), None, today, location, calendars=watched))
    if begins is not None:
        return Finding("source", "good", f"{name} knows the portfolios' symbols since {begins}")
    if module.VENDOR:
        return _vendor(context, "source", name)
    return Finding("source", "bad", f"{name} has none of the portfolios' symbols")


def _vendor(context: Context, what: str, name: str) -> Finding:
    """Whether a vendor answers now, what is spent of its budget, and what its breaker does."""
    failure, vendor = check(context, name), Vendor(name, context)
    state = f"{vendor.spent()} requests spent" if vendor.access.budget else "no request budget"
    if failure is None:
        own = sources.resolve(name).source.VENDOR
        return Finding(what, "good", f"{name} gives {own.probe if own else ''}: breaker closed, {state}")
    reset = f"this command asks again at once; removing {vendor.file} resets breaker and budget"
    return Finding(what, "bad", f"{failure.error} ({failure.kind}; {state}; {reset})")


def _fallbacks(context: Context) -> list[Finding]:
    """The vendors that stand behind the first one of any portfolio."""
    try:
        files = portfolios.names(context.home).values()
        names = {name for file in files for name in portfolios.read(file).data.fallback}
    except BallastError:
        return []  # told as the portfolios' finding
    findings = []
    for name in sorted(names):
        try:
            if sources.resolve(name).source.VENDOR:
                findings.append(_vendor(context, f"fallback {name}", name))
        except BallastError as error:
            findings.append(Finding(f"fallback {name}", "bad", str(error)))
    return findings


def _watched(context: Context) -> dict[str, str]:
    """Every symbol that any portfolio needs, and its exchange."""
    read = [portfolios.read(file) for file in portfolios.names(context.home).values()]
    known = [(one.calendars, one.watched) for one in read]
    return {symbol: calendars[symbol] for calendars, watched in known for symbol in watched}


def _slack(context: Context) -> Finding:
    settings = context.settings
    if settings.slack_token is None:
        return Finding(
            "slack", "note", "no BALLAST_SLACK_TOKEN: messages are written to HOME/previews instead"
        )
    channel = Channel("slack", "", settings.home, settings.slack_url, settings.slack_token)
    said = f"the token is accepted: {identity(channel)}"
    own = {name: portfolios.read(file) for name, file in portfolios.own(context.home).items()}
    mute = [name for name, one in own.items() if one.slack is None and not one.channel]
    if mute:
        return Finding("slack", "note", f"{said}. {', '.join(mute)}: {MUTE}")
    return Finding("slack", "good", said)


def _kill_switch(context: Context) -> Finding:
    found = [f"{one}: {reason}. Remove {file} to go on." for one, file, reason in halts.files(context.home)]
    if context.warehouse.exists():
        found += [f"{one.portfolio}: {one}." for one in context.warehouse.read(halts.every_disabled)]
    if found:
        return Finding("kill switch", "note", " ".join(["ON, what it names is HELD.", *found]))
    return Finding("kill switch", "good", "off")
