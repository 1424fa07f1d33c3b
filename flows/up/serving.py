"""Keeping it going: our own server and a worker, or a worker for a server that somebody else runs.

What dies is started again a few times an hour. A server of somebody else that goes away is waited for,
however long: it is not ours to start, and nothing is lost meanwhile but time.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from config import privacy
from flows import clock
from flows.terminal.console import Console
from flows.up.api import AwayError
from flows.up.elsewhere import PATIENCE
from flows.up.instance import Site
from flows.up.processes import Child, EndedError, running, wait_until
from flows.up.restarts import Restarts
from flows.up.working import STARTING, work
from quant.errors import BallastError

AGAIN = 5.0
"""Seconds between two looks for a server that is away."""


class ForgottenError(AwayError):
    """The server answers and knows nothing of us any more."""


def serve(site: Site, console: Console, begins: Callable[[], None]) -> None:
    """Run a server and a worker until KeyboardInterrupt; one that dies is started again."""
    restarts, begun = Restarts(clock.now), False

    def once() -> None:
        nonlocal begun
        if not begun:
            begins()
        begun = True

    while True:
        try:
            with _server(site, console) as server:
                while True:
                    try:
                        work(site, console, [server], once)
                    except EndedError as error:
                        if not begun or error.child is server:
                            raise
                        console.print(restarts.allow(error))
        except EndedError as error:
            if not begun:
                raise
            console.print(restarts.allow(error))


def work_elsewhere(site: Site, console: Console, begins: Callable[[], None]) -> None:
    """Run a worker until KeyboardInterrupt; it begins again when the server is back."""
    restarts, visits = Restarts(clock.now), Visits(site, console)

    def once() -> None:
        if not visits.begun:
            begins()
        visits.begun = True

    while True:
        try:
            work(site, console, [], once, visits.look)
        except EndedError as error:
            if not visits.begun:
                raise
            if site.server.healthy(PATIENCE):
                console.print(restarts.allow(error))
            else:
                console.print(
                    f"{error.child.name} {error.how}: its server is away. Its log: {error.child.log}"
                )
        except AwayError as error:
            if not visits.begun:
                raise
            console.print(str(error))
        visits.wait()


class Visits:
    """Whether somebody else's server can do its work, told whenever that changes."""

    def __init__(self, site: Site, console: Console) -> None:
        self.site = site
        self.console = console
        self.begun = False
        self._is_away = False

    def look(self) -> None:
        """Tell when it went away or came back; what runs here goes on meanwhile.

        Raises:
            ForgottenError: it is back without what was registered there.
        """
        if self._knows_us() is False:
            raise ForgottenError(
                f"{self.site.server.api} has no deployment of ours any more: registered again."
            )

    def wait(self) -> None:
        """Return when it answers."""
        while self._knows_us() is None:
            clock.sleep(AGAIN)

    def _knows_us(self) -> bool | None:
        """Whether it has deployments of ours; None when it cannot say, as while its database is away."""
        address = self.site.server.api
        try:
            known = self.site.server.is_registered() if self.site.server.healthy(PATIENCE) else None
        except BallastError:
            known = None
        if known is None and not self._is_away:
            self.console.print(f"{address} does not answer, or takes our log-in no more: it is waited for.")
        elif known is not None and self._is_away:
            self.console.print(f"{address} answers again.")
        self._is_away = known is None
        return known


@contextmanager
def _server(site: Site, console: Console) -> Iterator[Child]:
    """Our own server, ready to be worked for."""
    with running(
        "The Prefect server", "flows.up.served.guard", str(site.port),
        environment=site.server_environment(), folder=site.home, log=site.log("server"),
    ) as server:  # fmt: skip
        console.print(f"Starting Prefect at {site.server.pages} ...")
        wait_until(site.server.healthy, [server], STARTING)
        privacy.shut(site.prefect)  # the pages' files are copied with the modes that they were installed with
        yield server
