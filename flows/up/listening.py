"""The listener to Slack beside `ballast up`: there where an app token is set, started again when it dies."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from config import settings
from flows.terminal.console import Console
from flows.up.instance import Site
from flows.up.processes import running

AGAIN = 10.0
"""Seconds before a listener that died is started again."""
MISTAKE = 2
"""The exit code of what only a person can mend: a token that Slack refuses."""


@contextmanager
def listening(site: Site, console: Console) -> Iterator[None]:
    """Keep a listener alive meanwhile; nothing without an app token."""
    if settings.load(site.home).slack_app_token is None:
        yield
        return
    stop = threading.Event()
    keeper = threading.Thread(target=_keep, args=(site, console, stop), name="listener")
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()


def _keep(site: Site, console: Console, stop: threading.Event) -> None:
    while not stop.is_set():
        code = _run(site, stop)
        if stop.is_set():
            return
        again = "Mend it and start `ballast up` again." if code == MISTAKE else "It is started again."
        console.print(f"The listener to Slack ended with exit code {code}, see {site.log('listen')}. {again}")
        if code == MISTAKE:
            return
        stop.wait(AGAIN)


def _run(site: Site, stop: threading.Event) -> int | None:
    """A listener from its start until it ends, or until it is to stop: then its exit code is None."""
    with running(
        "The listener to Slack", "flows.commands", "listen",
        environment=site.environment(), folder=site.home, log=site.log("listen"),
    ) as child:  # fmt: skip
        while child.process.poll() is None and not stop.wait(0.5):
            pass
        return child.process.returncode
