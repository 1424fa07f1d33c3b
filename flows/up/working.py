"""A worker on a server: what was missed is planned, then it works until it or the server ends."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress

from config import settings
from config.settings import Settings
from flows import clock
from flows.terminal.console import Console
from flows.up import sole, watching
from flows.up.automations import Operator
from flows.up.catch_up import make_up, missed, skip_late
from flows.up.deployments import file
from flows.up.form import choices
from flows.up.instance import Site
from flows.up.processes import Child, check, running, wait_until
from quant.errors import BallastError
from tasks.context.context import live

STARTING = 300.0
LOOKS = 150
"""Every how many looks at its children, five a second, `up` looks for new portfolios and sessions."""


def child(site: Site, name: str, log: str, *command: str) -> AbstractContextManager[Child]:
    """A child of this site: it runs in HOME, so that the current folder decides nothing."""
    return running(name, *command, environment=site.environment(), folder=site.home, log=site.log(log))


def work(
    site: Site,
    console: Console,
    servers: Sequence[Child],
    begins: Callable[[], None],
    look: Callable[[], None] = lambda: None,
) -> None:
    """Let a worker do what is due until it or one of `servers` ends: what is last started is first stopped.

    `begins` is called when it works, `look` every half minute after that.

    Raises:
        EndedError: one has ended by itself.
        AwayError: the server does not answer, before the worker was at work.
    """
    if site.is_shared:
        sole.claim(site.server, site.worker, console.print, clock.sleep)
    site.server.ensure_pool(site.home)
    _catch_up(site, console, servers)
    command = (
        "prefect",
        "worker",
        "start",
        "--pool",
        site.server.pool,
        "--type",
        "process",
        "--name",
        site.worker,
    )
    with child(site, "The worker", "worker", *command) as worker:
        if site.server.is_scheduled():
            wait_until(lambda: site.server.next_scheduled() is not None, [worker, *servers], STARTING)
        begins()
        wait_until(_looking(site, look), [*servers, worker])


def _catch_up(site: Site, console: Console, servers: Sequence[Child]) -> None:
    """Register the deployments, before which a late run can be skipped, and plan what was missed."""
    context = live(settings.load(site.home), clock.now, clock.sleep, "ballast up")
    site.server.close_interrupted()
    found = missed(context)
    for run in skip_late(site.server, context, found):
        console.print(f"Skipped the run of {run.day}: {found.reason(run.day)}.")
    _deploy(site, servers)
    site.server.automate(_operator(site, context.settings), context.settings.public_url.rstrip("/"))
    for day in make_up(site.server, context, found):
        console.print(f"The run of {day} is made up.")


def _operator(site: Site, known: Settings) -> Operator | None:
    """Where the server tells of runs that nobody else can tell of; None where no channel is set.

    Somebody else's server is given no token: whoever administers it could read it there.
    """
    if site.elsewhere is not None or not known.operator_channel or known.slack_token is None:
        return None
    return Operator(known.operator_channel, known.slack_url, known.slack_token.get_secret_value())


def _looking(site: Site, look: Callable[[], None]) -> Callable[[], bool]:
    """A condition that never holds; asked now and then, it keeps forms up to date and the watch going."""
    known, asked = choices(site.home), 0
    context = live(settings.load(site.home), clock.now, clock.sleep, "ballast up")

    def renew() -> bool:
        nonlocal known, asked
        asked += 1
        if asked % LOOKS:
            return False
        look()
        watching.look(context, site.server)
        if (found := choices(site.home)) != known:
            with suppress(BallastError):  # the server is busy or gone: the next look tells
                site.server.offer(found)
                known = found
        return False

    return renew


def _deploy(site: Site, servers: Sequence[Child]) -> None:
    """Register the deployments of prefect.yaml; a schedule that a person has switched off stays off.

    Their forms offer the portfolios and sources that there are.
    """
    switched_off = site.server.switched_off()
    arguments = ("prefect", "deploy", "--all", "--prefect-file", str(file(site)))
    with child(site, "Registering prefect.yaml", "deploy", *arguments) as deploy:
        wait_until(lambda: deploy.process.poll() is not None, [*servers], STARTING)
        if deploy.process.returncode:
            check([deploy])
    site.server.switch_off(switched_off)
    site.server.offer(choices(site.home))
