"""A day whose message people answer in Slack: slack_sdk's own client on a real WebSocket, a real outbox."""

import threading
import time
from contextlib import contextmanager
from datetime import timedelta

from pydantic import SecretStr

from flows.commands.messages.slash import Slash, why
from tasks.listen.answers import Desk as Answers
from tasks.listen.listener import Listener
from tasks.listen.voice import Voice
from tasks.orders.recommendations import of_run
from tasks.outbox import answered
from tests.standins.slack import TOKEN
from tests.standins.slack_socket import APP_TOKEN
from tests.tasks.desk import EVENING

ADA, BOB, CY, DORA = "U0000ADA1", "U0000BOB1", "U0000CYY1", "U0000DORA"
PEOPLE = (
    f'[slack]\nchannel = "#portfolio-core"\n[[person]]\nname = "Ada"\nslack = "{ADA}"\n'
    f'[[person]]\nname = "Bob"\nslack = "{BOB}"\n'
    f'[[person]]\nname = "Cy"\nslack = "{CY}"\nmay = ["override"]\n'
)


class Room:
    """The day, Slack, and a listener whose clock can be moved."""

    def __init__(self, desk, run_id, slack):
        self.desk, self.run_id, self.slack = desk, run_id, slack
        self.clock = [EVENING + timedelta(hours=1)]
        self.day = desk, run_id

    @property
    def context(self):
        told = self.desk.context(
            slack_token=SecretStr(TOKEN), slack_app_token=SecretStr(APP_TOKEN), slack_url=self.slack.url
        )
        return told.__class__(told.settings, lambda: self.clock[0], time.sleep, "test")

    @contextmanager
    def listening(self, answer=None):
        context = self.context
        commanded = Slash(context).answer
        desk = Answers(context, Voice(context.settings), lambda run: why(context, run, None), commanded)
        listener = Listener(context.settings, answer or desk.answer, ping=0.5)
        failed = []

        def run():
            try:
                listener.run(0.2, lambda: answered.remind(context))
            except Exception as error:  # noqa: BLE001 - shown below
                failed.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            self.slack.wait(lambda: bool(self.slack.sockets))
            yield listener
        finally:
            listener.stopped.set()
            thread.join()
            assert not failed

    def message(self):
        return next(one for one in self.slack.messages() if "thread_ts" not in one)

    def answers(self):
        return [one["text"] for one in self.slack.messages() if "thread_ts" in one]

    def states(self):
        with self.desk.visit() as db:
            return [one.state for one in of_run(db, self.run_id, self.clock[0])]

    def until(self, condition, seconds=30.0):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not come to that"
            time.sleep(0.1)

    def private(self, count=1):
        return self.slack.called("chat.postEphemeral", count)[-1]
