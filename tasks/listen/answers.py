"""What becomes of a click, a form or a slash command: decided on, and answered.

A decision is told in the thread of the day's message, through the outbox. What cannot be is told to the one
who asked, in one sentence, and changes nothing.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from config.portfolio import stored
from quant.documents import Json
from quant.errors import BallastError, InputError, VendorError
from tasks.context.context import Context
from tasks.decisions.authority import authority, who
from tasks.decisions.ruling import Wish
from tasks.decisions.snoozes import open_orders
from tasks.listen.forms import REASON, UNTIL, form, quantities, silence_form
from tasks.listen.payloads import Asked, Asker, Click, Command, Form
from tasks.listen.voice import Voice
from tasks.orders import recommendations
from tasks.orders.recommendations import Recommendation
from tasks.outbox import answered
from tasks.outbox.alerting import alert_thread, alerted
from tasks.outbox.alerting.alert_thread import Thread
from tasks.report.formats._slack_text import clean, section
from tasks.report.formats.buttons import ALERT, WATCHED, Subject
from warehouse import notices, runs
from warehouse.runs import Run

log = logging.getLogger(__name__)
LINES = 2_700
"""Characters of a section; Slack takes 3,000."""
SECTIONS = 8
UNREACHED = (
    ":warning: That did not reach the record. Please try again in a minute; the operator's log says why."
)


@dataclass(frozen=True)
class Desk:
    """What answers need: `why` gives the story of a run's orders in lines, `commanded` answers the
    text that a user wrote behind a slash command.
    """

    context: Context
    voice: Voice
    why: Callable[[str], list[str]]
    commanded: Callable[[str, str], list[str]]

    def answer(self, asked: Asked) -> None:
        """Do what is asked and say what became of it; never raises for what people or Slack do."""
        try:
            self._answer(asked)
        except InputError as error:
            self._private(asked.asker, f":information_source: {clean(str(error), LINES)}")
        except BallastError as error:
            log.warning("a click of %s was not answered: %s", asked.asker.user, error)
            self._private(asked.asker, UNREACHED)
        except Exception:
            log.exception("a click of %s was not answered", asked.asker.user)
            self._private(asked.asker, UNREACHED)

    def _answer(self, asked: Asked) -> None:
        if isinstance(asked, Command):
            self._command(asked)
            return
        if asked.action in ALERT:
            self._alerts(asked, self._thread(asked.subject))
            return
        run = self._run(asked.subject)
        if isinstance(asked, Form):
            self._form(asked, run)
        elif asked.action == "ballast_approve":
            self._decide(run, Wish("approved", asked.asker.actor, key=asked.key))
        elif asked.action == "ballast_why":
            self._why(asked, run)
        else:
            self._open(asked, run)

    def _alerts(self, asked: Click | Form, thread: Thread) -> None:
        """Acknowledge or silence the alerts of a message."""
        by = asked.asker.actor
        if isinstance(asked, Form):
            until, reason = _instant(asked), asked.fields.get(REASON, "")
            symbols = alerted.silence_message(self.context, thread, by, until, reason, asked.key)
            self._private(asked.asker, f"{', '.join(symbols)}: silenced until {until:%Y-%m-%d %H:%M} UTC.")
        elif asked.action == "ballast_acknowledge":
            alerted.acknowledge_message(self.context, thread, by)
        else:
            self._open_silence(asked, thread)

    def _thread(self, subject: Subject) -> Thread:
        """Where the alerts of a message were told: by the watch, or by a run."""
        if subject.run_id == WATCHED:
            return self.context.warehouse.read(lambda db: alert_thread.of_message(db, subject.key))
        return alert_thread.of_run(self._run(subject))

    def _run(self, subject: Subject) -> Run:
        """The run that a message stands for: the newest that wanted to say exactly this.

        A run that finds the same again replaces the one before, and says nothing.
        """
        newest = self.context.warehouse.read(lambda db: notices.newest_run(db, subject.key))
        return self.context.warehouse.read(lambda db: runs.load(db, newest or subject.run_id))

    def _decide(self, run: Run, wish: Wish) -> None:
        answered.decide(self.context, run.run_id, wish)

    def _orders(self, run: Run) -> list[Recommendation]:
        now = self.context.now()
        return self.context.warehouse.read(lambda db: recommendations.of_run(db, run.run_id, now))

    def _open(self, click: Click, run: Run) -> None:
        """Open a form for whoever may decide, where there is something to decide on."""
        who(authority(self.context.home, run), click.asker.actor, "approve")
        orders, portfolio = self._orders(run), stored(run.config)
        if click.action == "ballast_approve_some" and portfolio.accounts_digest:
            raise InputError("an order of a portfolio with accounts is approved whole, or rejected.")
        waiting = open_orders(orders)
        if not waiting and click.action != "ballast_reject":
            raise InputError(_over(orders))
        view = form(click, waiting or orders, portfolio.rebalance.lot_size, self.context.now())
        self._show(click, view)

    def _open_silence(self, click: Click, thread: Thread) -> None:
        """Open the form that silences a message's alerts, for whoever may."""
        who(authority(self.context.home, thread.run), click.asker.actor, "silence")
        found = self.context.warehouse.read(thread.alerts)
        self._show(click, silence_form(click, [one.symbol for one in found], self.context.now()))

    def _show(self, click: Click, view: Json) -> None:
        try:
            self.voice.open_form(click.trigger, view)
        except VendorError as error:
            log.warning("a form was not opened: %s", error)
            raise InputError("Slack did not open the form: please click again.") from None

    def _form(self, sent: Form, run: Run) -> None:
        by = sent.asker.actor
        if sent.action == "ballast_reject":
            self._decide(run, Wish("rejected", by, reason=sent.fields.get(REASON, ""), key=sent.key))
        elif sent.action == "ballast_snooze":
            until = _instant(sent)
            answered.snooze(self.context, run, until, by, sent.key)
            self._private(sent.asker, f"You will be reminded once, at {until:%Y-%m-%d %H:%M} UTC.")
        else:
            orders = open_orders(self._orders(run))
            wanted = quantities(sent, orders)
            lower = {one.symbol: wanted[one.symbol] for one in orders
                     if one.symbol in wanted and wanted[one.symbol] != one.quantity}  # fmt: skip
            self._decide(run, Wish("approved", by, [*wanted], quantities=lower, key=sent.key))

    def _why(self, click: Click, run: Run) -> None:
        """The story in the thread, for any of the portfolio's people."""
        people = authority(self.context.home, run).people
        if click.asker.user not in {one.slack for one in people}:
            raise InputError(f"you are not among the people of portfolio {run.portfolio!r}.")
        lines = [clean(line) for line in self.why(run.run_id)]
        self.voice.in_thread(
            click.asker, f"Why: run {run.run_id}", [section(text) for text in packed(lines, run.run_id)]
        )

    def _command(self, asked: Command) -> None:
        lines = self.commanded(asked.asker.user, asked.text)
        self._private(asked.asker, "\n".join(packed([clean(line) for line in lines], "latest")))

    def _private(self, asker: Asker, text: str) -> None:
        try:
            self.voice.private(asker, text)
        except VendorError as error:
            log.warning("an answer did not reach %s: %s", asker.user, error)


def _instant(sent: Form) -> datetime:
    """The instant that was chosen in a form."""
    return datetime.fromtimestamp(int(sent.fields.get(UNTIL, "0")), UTC)


def packed(lines: list[str], run_id: str) -> list[str]:
    """Lines as few texts that fit a section each; what is beyond is named with its command."""
    texts = [""]
    for line in lines:
        if len(texts[-1]) + len(line) + 1 > LINES:
            texts.append("")
        texts[-1] += f"{line}\n"
    kept = texts[:SECTIONS]
    more = [f"… more: ballast explain {run_id}"] if len(texts) > SECTIONS else []
    return [text.strip() or " " for text in kept] + more


def _over(orders: list[Recommendation]) -> str:
    """Why nothing can be decided on any more."""
    states = ", ".join(dict.fromkeys(one.state for one in orders)) or "none recommended"
    return f"no order of this message is open any more: {states}."
