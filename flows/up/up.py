"""`ballast up`: Prefect server, worker and deployments in one command; Ctrl-C stops all of it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.panel import Panel

from config import settings
from config.settings import prepare_home
from flows.terminal.console import Console
from flows.up import database, elsewhere, secret
from flows.up.instance import Site, alone, recorded
from flows.up.listening import listening
from flows.up.server import SCHEDULE_ZONE, Server
from flows.up.serving import serve, work_elsewhere
from quant.errors import InputError

PORT = 4200
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def up(home: Path, port: int | None = None, console: Console | None = None) -> None:
    """Start Prefect's server, a worker and the deployments of prefect.yaml; return after Ctrl-C or SIGTERM.

    With the setting BALLAST_PREFECT_SERVER no server: the worker works for that one.

    Args:
        home: BALLAST_HOME; Prefect lives in its folder `prefect`.
        port: the port of the pages and the API on this machine; 4200 when None.
        console: where the panel is shown; standard output when None.

    Raises:
        InputError: HOME cannot be written or has an `up` already, or the port is in use, or the server or the
            database that is set cannot be used.
        BallastError: a process ended by itself too often, or before all was running; the others have been
            stopped.
    """
    if port is not None and not 0 < port < 2**16:
        raise InputError(
            f"--port {port} is no port: give a number from 1 to 65535, or leave it out for {PORT}."
        )
    prepare_home(home)
    site = _site(home.resolve(), port)
    console = console or Console()
    with _stoppable():
        try:
            with alone(site), listening(site, console):
                if site.elsewhere is not None:
                    work_elsewhere(site, console, lambda: console.print(_panel(site)))
                secret.ensure(site.home)
                serve(site, console, lambda: console.print(_panel(site)))
        except KeyboardInterrupt:
            ended = "the worker has ended." if site.elsewhere else "server and worker have ended."
            console.print(f"Stopped: {ended}")


def running_server(home: Path) -> str | None:
    """The API address of the server that `ballast up` works for in this HOME; None when there is none."""
    server = server_of(home)
    return server.api if server else None


def server_of(home: Path) -> Server | None:
    """The server that `ballast up` works for in this HOME; None when there is none."""
    record = recorded(home)
    if record is None:
        return None
    try:
        os.kill(record.pid, 0)
    except OSError:
        return None
    if record.name:
        chosen = settings.load(home).model_copy(update={"prefect_server": record.api})
        server = elsewhere.server(chosen, record.name)
        return server if server.healthy(elsewhere.PATIENCE) else None
    server = Server(record.api, secret.read(home) or "")
    return server if server.healthy() else None


def _site(home: Path, port: int | None) -> Site:
    """Where it will be; the server or database that is set is looked at first."""
    chosen = settings.load(home)
    if not chosen.prefect_server:
        if chosen.prefect_database is not None:
            database.examine(chosen.prefect_database)
        return Site(home, port or PORT, database=chosen.prefect_database)
    for what, given in (("--port", port), ("BALLAST_PREFECT_DATABASE", chosen.prefect_database)):
        if given is not None:
            raise InputError(
                f"{what} is for the server that `ballast up` starts, and with --server "
                "(BALLAST_PREFECT_SERVER) it starts none: leave one of the two out."
            )
    found = elsewhere.server(chosen, elsewhere.name(home, chosen.prefect_name))
    elsewhere.examine(found)
    return Site(home, PORT, found)


def password(home: Path) -> str:
    """What the pages of this HOME's server ask for at log-in.

    Raises:
        InputError: there is none yet.
    """
    known = secret.read(home)
    if known is None:
        raise InputError(f"{secret.file(home)} holds no secret yet: the first `ballast up` makes it.")
    return known


def _panel(site: Site) -> Panel:
    """What is running, where, and what comes next."""
    own = "with the line that `ballast up --show-password` prints"
    lines = [
        f"Pages        {site.server.pages}",
        f"Start a run  {site.server.pages}/deployments (choose one, then Run, Custom run)",
        f"Next         {_next(site.server)}",
        f"Called       {site.server.name}, work pool {site.server.pool}"
        if site.elsewhere
        else f"Log in       {own}",
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
