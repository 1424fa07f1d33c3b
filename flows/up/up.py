"""`ballast up`: Prefect server, worker and deployments in one command; Ctrl-C stops all of it."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import FrameType

from rich.panel import Panel

from config import privacy, settings
from config.settings import Settings, prepare_home
from flows import clock
from flows.terminal.console import Console
from flows.up import secret, watching
from flows.up.automations import Operator
from flows.up.catch_up import make_up, missed, skip_late
from flows.up.form import choices
from flows.up.instance import ROOT, Site, alone, recorded
from flows.up.listening import listening
from flows.up.processes import Child, EndedError, check, running, wait_until
from flows.up.restarts import Restarts
from flows.up.server import POOL, SCHEDULE_ZONE, Server
from quant.errors import BallastError, InputError
from tasks.context.context import Context

PORT = 4200
PREFECT_FILE = ROOT / "prefect.yaml"
STARTING = 300.0
WORKER = ("prefect", "worker", "start", "--pool", POOL, "--type", "process")
LOOKS = 150
"""Every how many looks at its children, five a second, `up` looks for new portfolios and sessions."""
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(home: Path, port: int | None = None, console: Console | None = None) -> None:
    """Start Prefect's server, a worker and the deployments of prefect.yaml; return after Ctrl-C or SIGTERM.

    Args:
        home: BALLAST_HOME; Prefect lives in its folder `prefect`.
        port: the port of the pages and the API on this machine; 4200 when None.
        console: where the panel is shown; standard output when None.

    Raises:
        InputError: HOME cannot be written or has an `up` already, or the port is in use.
        BallastError: a process ended by itself too often, or before all was running; the others have been
            stopped.
    """
    if port is not None and not 0 < port < 2**16:
        raise InputError(
            f"--port {port} is no port: give a number from 1 to 65535, or leave it out for {PORT}."
        )
    prepare_home(home)
    site = Site(home.resolve(), port or PORT)
    console = console or Console()
    with _stoppable():
        try:
            with alone(site), listening(site, console):
                secret.ensure(site.home)
                _serve(site, console)
        except KeyboardInterrupt:
            console.print("Stopped: server and worker have ended.")


def running_server(home: Path) -> str | None:
    """The API address of the server that `ballast up` runs for this HOME; None when there is none."""
    server = server_of(home)
    return server.api if server else None


def server_of(home: Path) -> Server | None:
    """The server that `ballast up` runs for this HOME; None when there is none."""
    record = recorded(home)
    if record is None:
        return None
    pid, api = record
    try:
        os.kill(pid, 0)
    except OSError:
        return None
    server = Server(api, secret.read(home) or "")
    return server if server.healthy() else None


def password(home: Path) -> str:
    """What the pages of this HOME's server ask for at log-in.

    Raises:
        InputError: there is none yet.
    """
    known = secret.read(home)
    if known is None:
        raise InputError(f"{secret.file(home)} holds no secret yet: the first `ballast up` makes it.")
    return known


def _serve(site: Site, console: Console) -> None:
    """Run everything until KeyboardInterrupt; a worker or server that dies is started again."""
    restarts, begun = Restarts(clock.now), False

    def begins() -> None:
        nonlocal begun
        if not begun:
            console.print(_panel(site))
        begun = True

    while True:
        try:
            with _server(site, console) as server:
                while True:
                    try:
                        _work(site, console, server, begins)
                    except EndedError as error:
                        if not begun or error.child is server:
                            raise
                        console.print(restarts.allow(error))
        except EndedError as error:
            if not begun:
                raise
            console.print(restarts.allow(error))


@contextmanager
def _server(site: Site, console: Console) -> Iterator[Child]:
    """The server, ready to be worked for."""
    with _child(site, "The Prefect server", "server", "flows.up.served.guard", str(site.port)) as server:
        console.print(f"Starting Prefect at {site.server.pages} ...")
        wait_until(site.server.healthy, [server], STARTING)
        privacy.shut(site.prefect)  # the pages' files are copied with the modes that they were installed with
        site.server.ensure_pool(site.home)
        yield server


def _work(site: Site, console: Console, server: Child, begins: Callable[[], None]) -> None:
    """Let a worker do what is due until one of the two ends: whatever is last started is first stopped."""
    _catch_up(site, console, server)
    with _child(site, "The worker", "worker", *WORKER) as worker:
        if site.server.is_scheduled():
            wait_until(lambda: site.server.next_scheduled() is not None, [worker, server], STARTING)
        begins()
        wait_until(_offering(site), [server, worker])


def _catch_up(site: Site, console: Console, server: Child) -> None:
    """Register the deployments, before which a late run can be skipped, and plan what was missed."""
    context = Context(settings.load(site.home), clock.now, clock.sleep, "ballast up")
    site.server.close_interrupted()
    found = missed(context)
    for run in skip_late(site.server, context, found):
        console.print(f"Skipped the run of {run.day}: {found.reason(run.day)}.")
    _deploy(site, [server])
    site.server.automate(_operator(context.settings), context.settings.public_url.rstrip("/"))
    for day in make_up(site.server, context, found):
        console.print(f"The run of {day} is made up.")


def _operator(known: Settings) -> Operator | None:
    """Where the server tells of runs that nobody else can tell of; None where no channel is set."""
    if not known.operator_channel or known.slack_token is None:
        return None
    return Operator(known.operator_channel, known.slack_url, known.slack_token.get_secret_value())


def _offering(site: Site) -> Callable[[], bool]:
    """A condition that never holds; asked now and then, it keeps forms up to date and the watch going."""
    known, asked = choices(site.home), 0
    context = Context(settings.load(site.home), clock.now, clock.sleep, "ballast up")

    def renew() -> bool:
        nonlocal known, asked
        asked += 1
        if asked % LOOKS:
            return False
        watching.look(context, site.server)
        if (found := choices(site.home)) != known:
            with suppress(BallastError):  # the server is busy or gone: the next look tells
                site.server.offer(found)
                known = found
        return False

    return renew


def _child(site: Site, name: str, log: str, *command: str) -> AbstractContextManager[Child]:
    """A child of this site: it runs in HOME, so that the current folder decides nothing."""
    return running(name, *command, environment=site.environment(), folder=site.home, log=site.log(log))


def _deploy(site: Site, others: list[Child]) -> None:
    """Register the deployments of prefect.yaml; a schedule that a person has switched off stays off.

    Their forms offer the portfolios and sources that there are.
    """
    switched_off = site.server.switched_off()
    arguments = ("prefect", "deploy", "--all", "--prefect-file", str(PREFECT_FILE))
    with _child(site, "Registering prefect.yaml", "deploy", *arguments) as deploy:
        wait_until(lambda: deploy.process.poll() is not None, others, STARTING)
        if deploy.process.returncode:
            check([deploy])
    site.server.switch_off(switched_off)
    site.server.offer(choices(site.home))


def _panel(site: Site) -> Panel:
    """What is running, where, and what comes next."""
    lines = [
        f"Pages        {site.server.pages}",
        f"Start a run  {site.server.pages}/deployments (choose one, then Run, Custom run)",
        f"Next         {_next(site.server)}",
        "Log in       with the line that `ballast up --show-password` prints",
        f"Home         {site.home}",
        f"Logs         {site.log('server').parent}",
        "Stop         Ctrl-C",
    ]
    return Panel("\n".join(lines), title="Ballast is up", title_align="left", expand=False)


def _next(server: Server) -> str:
    planned = server.next_scheduled()
    if planned is None:
        return "nothing: no schedule is switched on"
    return f"{planned.deployment} on {planned.at.astimezone(SCHEDULE_ZONE):%A %Y-%m-%d at %H:%M} New York"


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let the first SIGINT, SIGTERM or SIGHUP raise KeyboardInterrupt; the way out is not interrupted."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in STOPPING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
