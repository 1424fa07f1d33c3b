"""A day of several portfolios: prices are fetched once for all, then each decides on its own."""

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from flows.day import refuse_day, run_day
from quant.errors import BallastError, InputError
from tasks.context.context import Context
from tasks.context.safekeeping import optional
from tasks.context.step import begun
from tasks.data.share import share
from tasks.report.model import Report
from tasks.run import refused
from tasks.run.lifecycle import RunRequest
from tasks.run.plan import Asked, plan

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prepared:
    """What has been fetched for portfolios, and in which order they decide.

    `offered` are the runs that fetched. The `last` portfolios count what the others trade on the session
    (`max_notional_total`): they decide after the `first`, one by one, so that none counts too little.
    """

    offered: tuple[str, ...]
    first: tuple[str, ...]
    last: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of one portfolio's day: a report, or why it could not be run; neither where it rests.

    With an error, `report` is that of the failed run that tells the portfolio's people, where there is one.
    `step` is the last one that began.
    """

    portfolio: str
    report: Report | None = None
    error: BallastError | None = None
    step: str = "plan"

    @property
    def failed(self) -> bool:
        """Whether the day could not be run, or its run failed."""
        return self.error is not None or (self.report is not None and self.report.status == "failed")


def prepare(context: Context, asked: Sequence[Asked], token: str | None = None) -> Prepared:
    """Fetch, check and store what the portfolios need, each symbol once.

    A portfolio that cannot be planned is left out: its own day says why. The same `token` fetches nothing a
    second time.
    """
    requests: dict[str, RunRequest] = {}
    for one in asked:
        try:
            requests[one.portfolio] = plan(context, one)
        except Exception as error:  # noqa: BLE001 - what is wrong with one portfolio stops no other
            log.info("nothing is fetched for portfolio %s: %s", one.portfolio, error)
    counting = {name for name, one in requests.items() if one.portfolio.risk.max_notional_total is not None}
    names = [one.portfolio for one in asked]
    return Prepared(
        share(context, [*requests.values()], token),
        tuple(name for name in names if name not in counting),
        tuple(name for name in names if name in counting),
    )


def day_of(
    context: Context,
    asked: Asked,
    *,
    notifying: bool,
    typed: bool,
    offered: Sequence[str] = (),
    token: str | None = None,
    begins: Callable[[RunRequest], None] = lambda _: None,
) -> Outcome:
    """One portfolio's day among others; whatever goes wrong is its own and is told to its people.

    `typed`: whether the caller named the session or the source, so that what is wrong with these is told to
    the caller alone. `begins` is called once it is known what the day works on.
    """
    try:
        request = replace(plan(context, asked), offered=tuple(offered))
        begins(request)
        for said in request.portfolio.oddities:
            log.warning("portfolio %s: %s", request.portfolio.name, said)
        report = run_day(context, request, notifying=notifying, token=token, alone=False)
    except InputError as error:
        refusal = refuse(context, asked, error, notifying=notifying, typed=typed, token=token)
        return Outcome(asked.portfolio, refusal, error)
    except BallastError as error:
        return Outcome(asked.portfolio, error=error)
    except Exception as error:
        log.exception("portfolio %s could not be run", asked.portfolio)
        return Outcome(asked.portfolio, error=BallastError(f"{type(error).__name__}: {error}"))
    return Outcome(asked.portfolio, report, step=begun())


def refuse(
    context: Context,
    asked: Asked,
    error: BallastError,
    *,
    notifying: bool,
    typed: bool,
    token: str | None = None,
) -> Report | None:
    """Tell a portfolio's people that it could not be run; the failed run's report, if there is one."""
    with optional(f"that portfolio {asked.portfolio} could not be run was not entered"):
        request = refused.order(context, asked, typed=typed)
        if request is not None:
            # A run of its own: begun again once the file is mended, the day is not what was left of it.
            own = token and hashlib.sha256(f"refused {token}".encode()).hexdigest()
            return refuse_day(context, request, error, notifying=notifying, token=own)
    return None
