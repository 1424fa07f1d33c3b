"""`ballast up`: Prefect server, worker and deployments in one command; Ctrl-C stops all of it."""

import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import FrameType

from rich.panel import Panel

from config import privacy
from config.settings import prepare_home
from flows.terminal.console import Console
from flows.up import secret
from flows.up.form import choices
from flows.up.instance import ROOT, Site, alone, recorded
from flows.up.processes import Child, check, running, wait_until
from flows.up.server import POOL, SCHEDULE_ZONE, Server
from quant.errors import InputError

PORT = 4200
PREFECT_FILE = ROOT / "prefect.yaml"
STARTING = 300.0
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(home: Path, port: int | None = None, console: Console | None = None) -> None:
    """Start Prefect's server, a worker and the deployments of prefect.yaml; return after Ctrl-C or SIGTERM.

    Args:
        home: BALLAST_HOME; Prefect lives in its folder `prefect`.
        port: the port of the pages and the API on this machine; 4200 when None.
        console: where the panel is shown; standard output when None.

    Raises:
        InputError: HOME cannot be written or has an `up` already, or the port is in use.
        BallastError: a process ended by itself; the others have been stopped.
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
            with alone(site):
                secret.ensure(site.home)
                _serve(site, console)
        except KeyboardInterrupt:
            console.print("Stopped: server and worker have ended.")


def running_server(home: Path) -> str | None:
    """The API address of the server that `ballast up` runs for this HOME; None when there is none."""
    record = recorded(home)
    if record is None:
        return None
    pid, api = record
    try:
        os.kill(pid, 0)
    except OSError:
        return None
    return api if Server(api, secret.read(home) or "").healthy() else None


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
    """Run everything until KeyboardInterrupt; what was started last is stopped first."""
    server_arguments = ("flows.up.guard", str(site.port))
    worker_arguments = ("prefect", "worker", "start", "--pool", POOL, "--type", "process")
    with _child(site, "The Prefect server", "server", *server_arguments) as server:
        console.print(f"Starting Prefect at {site.server.pages} ...")
        wait_until(site.server.healthy, [server], STARTING)
        privacy.shut(site.prefect)  # the pages' files are copied with the modes that they were installed with
        site.server.ensure_pool(site.home)
        site.server.close_interrupted()
        with _child(site, "The worker", "worker", *worker_arguments) as worker:
            _deploy(site, [server, worker])
            if site.server.is_scheduled():
                wait_until(lambda: site.server.next_scheduled() is not None, [worker, server], STARTING)
            console.print(_panel(site))
            wait_until(lambda: False, [server, worker])


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
