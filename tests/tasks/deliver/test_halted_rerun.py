"""A portfolio is disabled, and then its day is run again or a backup is restored: held, and told once."""

import shutil
from datetime import timedelta

import pytest

from quant.people import Actor
from tasks.data.restored import restore
from tasks.outbox.delivery import deliver_all
from tasks.outbox.halted import switch
from tasks.outbox.notify import notify
from tasks.run.plan import Asked, plan
from tests.e2e import invariants
from tests.standins.slack import TOKEN, SlackStandIn
from tests.standins.smtp import SmtpStandIn
from tests.tasks.desk import EVENING, SESSION, Desk, market, run_day
from warehouse.duckdb_file import backup
from warehouse.duckdb_file.backend import DuckDBFile
from warehouse.record import verify

ADA, BOB = Actor.typed("Ada"), Actor.typed("Bob")
TABLES = '[slack]\nchannel = "#portfolio-core"\n[[channel]]\nnotifier = "email"\nto = "pm@example.org"\n'


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("days") / "desk")
    return desk, desk.day(market(), desk.portfolio(tables=TABLES)).run_id


@pytest.fixture
def desk(first, tmp_path):
    return Desk(shutil.copytree(first[0].folder, tmp_path / "desk"))


@pytest.fixture
def slack(tmp_path):
    with SlackStandIn(tmp_path / "slack.db") as standin:
        yield standin


@pytest.fixture
def mail():
    with SmtpStandIn() as standin:
        yield standin


class Team:
    """The desk with both channels, minutes passing from one act to the next."""

    def __init__(self, desk, slack, mail):
        self.desk, self.slack, self.mail, self.minutes = desk, slack, mail, 0

    def context(self):
        self.minutes += 1
        return self.desk.at(EVENING + timedelta(minutes=self.minutes)).context(
            slack_url=self.slack.url,
            slack_token=TOKEN,
            smtp_url=self.mail.url,
            smtp_from="ballast@example.org",
        )

    def rerun(self):
        context = self.context()
        asked = Asked(
            str(self.desk.folder / "trio.toml"), SESSION, f"files:{self.desk.folder / 'prices.parquet'}"
        )
        return run_day(context, plan(context, asked), notifying=True)

    def told(self):
        """How many messages stand in Slack (the day's, halts, answers), and how many mails came."""
        return len(self.slack.messages()), len(self.mail.messages())


@pytest.fixture
def team(desk, slack, mail):
    return Team(desk, slack, mail)


def words(message):
    return "\n".join(block["text"]["text"] for block in message["blocks"] if "text" in block)


def test_a_rerun_of_a_disabled_portfolio_is_held_and_each_channel_is_told_once(team, first, slack, mail):
    notify(team.context(), first[1])
    switch(team.context(), "trio", "disabled", ADA, "the custodian is changed")
    held = team.rerun()
    assert held.status == "held"
    assert {trade.status for trade in held.trades} == {"held"}
    day = next(one for one in slack.messages() if "HELD" in one["text"])
    assert (len(slack.edits()), "thread_ts" in day) == (1, False)  # the day's own message, changed
    before = team.told()
    assert team.rerun().status == "held"
    assert team.told() == before  # the same result is silent
    switch(team.context(), "trio", "enabled", BOB, "it is done")
    assert team.rerun().status == "recommended"
    assert len([one for one in slack.messages() if "DISABLED" in one["text"]]) == 1
    assert [one["Subject"].count("DISABLED") for one in mail.messages()].count(1) == 1
    invariants.check(team.desk.home)


def test_a_channel_that_was_away_is_told_all_in_order_and_once(team, first, slack, mail):
    notify(team.context(), first[1])
    for method in ("chat.postMessage", "chat.update"):
        slack.fault("error:invalid_auth", method=method, times=40)
    switch(team.context(), "trio", "disabled", ADA, "the custodian is changed")
    team.rerun()
    switch(team.context(), "trio", "enabled", BOB, "it is done")
    last = team.rerun()
    with slack.open() as db:
        db.execute("delete from faults")
    for _ in range(2):
        deliver_all(team.context())
    first_words = [one["text"].split(" · ")[0].split(":")[0] for one in slack.messages()]
    day = "2 buys, 1 sell, 44,760 USD to trade"  # it stands as the last run has it; what happened, in order:
    assert first_words == [day, "DISABLED by Ada", "HELD", "Enabled again by Bob", day]
    assert len(slack.edits()) == 1
    assert last.status == "recommended"
    invariants.check(team.desk.home)


@pytest.mark.parametrize("spoiled", [False, True], ids=["whole", "damaged"])
def test_what_was_disabled_after_a_backup_stays_so_when_it_is_restored(team, first, slack, mail, spoiled):
    backup.take(DuckDBFile(team.desk.home), team.context().now(), 7, 4)
    switch(team.context(), "trio", "disabled", ADA, "the custodian is changed")
    told = team.told()
    if spoiled:
        damage(team.desk.home / "warehouse.duckdb")
    done = restore(team.context(), None)
    assert [(one.portfolio, one.by) for one in done.disabled] == [("trio", "Ada")]
    assert "the custodian is changed (since 2024-06-28; entered again after a restore)" in str(
        done.disabled[0]
    )
    held = team.rerun()
    assert held.status == "held"
    assert restore(team.context(), None).disabled[0].portfolio == "trio"  # of an older backup, again
    deliver_all(team.context())
    assert sum("DISABLED" in one["text"] for one in slack.messages()) == 1
    assert told[0] <= team.told()[0]
    with team.desk.visit() as db:
        assert list(verify.broken(verify.judge(db.visit, team.context().now()))) == []
    switch(team.context(), "trio", "enabled", BOB, "it is done")
    assert restore(team.context(), None).disabled == ()


def test_where_nothing_can_be_read_it_is_said(desk):
    context = desk.context()
    backup.take(DuckDBFile(desk.home), context.now(), 7, 4)
    damage(desk.home / "warehouse.duckdb")
    (desk.home / "published" / "warehouse.duckdb").unlink(missing_ok=True)
    done = restore(context, None)
    assert (done.known, done.disabled) == (False, ())


def damage(file):
    file.write_bytes(b"\0" * 8192 + file.read_bytes()[8192:])
