"""A made-up alert through everything that a true one passes: silences, rules, routes, outbox, channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from config import alerts as rules
from config import portfolio_file as portfolios
from config.alerts import AlertRules
from config.portfolio import Portfolio
from config.settings import prepare_home
from tasks import notifiers
from tasks.alerts import silences
from tasks.alerts.grouping import Group, Member, due, next_due
from tasks.alerts.routing import routed
from tasks.context.context import Context
from tasks.notifiers import Channel, channels_of
from tasks.outbox.prepare import prepare_test
from tasks.outbox.transport import deliver
from tasks.outbox.transport.attempts import Clock
from tasks.outbox.transport.place import DONE
from tasks.report.messages.alerted import of_test
from tasks.report.model import NoticeRow
from tasks.report.notices import row_of
from warehouse import notices
from warehouse.database.database import Database
from warehouse.tables.alerts import AlertPortfolio, AlertState, Severity

SYMBOL = "TEST"
OVER = "a test is not delivered later"


@dataclass(frozen=True)
class Tested:
    """What became of the test alert of a portfolio.

    `muted`: why nobody is told of such an alert now. `waits`: seconds after which one would be told.
    `left_out`: channels that its routes do not name.
    """

    portfolio: str
    severity: Severity
    muted: str | None
    waits: float
    notices: list[NoticeRow]
    left_out: list[str]

    @property
    def arrived(self) -> bool:
        """Whether every channel that was to get it has it, or has its preview."""
        return all(one.state in DONE for one in self.notices)


def send_test(context: Context, names: Sequence[str], severity: Severity) -> list[Tested]:
    """Send a test alert of each portfolio now; no alert is stored, and nothing is delivered later.

    Raises:
        InputError: a portfolio's file, a channel in it or HOME/alerts.toml is not right; nothing is sent.
        WarehouseError: the outbox cannot be written.
    """
    in_force, found = rules.of_home(context.home), list[Portfolio]()
    for name in names:
        portfolio = portfolios.load(name, context.home)
        notifiers.check(context.settings, portfolio, portfolios.file_of(name, context.home))
        found.append(portfolio)
    prepare_home(context.home)
    return [_tested(context, one, severity, in_force) for one in found]


def _tested(context: Context, portfolio: Portfolio, severity: Severity, in_force: AlertRules) -> Tested:
    now, name = context.now(), portfolio.name
    alert = _made_up(severity, now)
    silent = context.warehouse.transact(lambda db: silences.active(db, now))
    muted = silences.why(silent, alert, name)
    members = [Member(alert, AlertPortfolio(alert.fingerprint, name, None, muted=muted))]
    at = next_due(members, in_force, now) or now
    waits = (at - now).total_seconds()
    channels = channels_of(context.settings, portfolio)
    told = {
        channel.address: (group, channel)
        for group in due(members, in_force, at)
        for channel in routed(channels, group.portfolio, severity, at, in_force)
    }
    rows = [_sent(context, group, channel, waits) for group, channel in told.values()]
    left_out = [] if muted else [one.address for one in channels if one.address not in told]
    return Tested(name, severity, muted, waits, rows, left_out)


def _sent(context: Context, group: Group, channel: Channel, waits: float) -> NoticeRow:
    """Send it, and give up at once where it does not arrive: a test is of now."""
    [member], now = group.members, context.now()
    notice = prepare_test(of_test(member.alert, group.portfolio, waits), channel, group.portfolio, now)
    context.warehouse.transact(lambda db: notices.ask(db, notice, now))
    clock = Clock(context.now, context.sleep)
    row = row_of(deliver.bring_known(context.warehouse, notice.key, channel, clock).entry)
    if row.state not in DONE:

        def drop(db: Database) -> None:
            if deliver.is_free(notices.one(db, notice.key), context.now()):  # else a delivery is at it
                said = f"{row.error or row.state}; {OVER}"
                notices.decide(db, notice.key, "dropped", said, context.now())

        context.warehouse.transact(drop)
    return row


def _made_up(severity: Severity, now: datetime) -> AlertState:
    at = now.astimezone(UTC)
    return AlertState(
        "test", "flash_crash", SYMBOL, at.date(), at.isoformat(), severity, "firing", confirmed=True,
        detail="made up", move=None, depth=None, recovered=None, vetoes=[], fired_at=at,
    )  # fmt: skip
