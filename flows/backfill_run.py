"""A backfill from order to ledger, with or without Prefect around it."""

from datetime import date

from tasks.context.context import Context
from tasks.context.safekeeping import leave_copies
from tasks.data.backfill import Backfilled
from tasks.data.backfill import backfill as fill
from tasks.run.lifecycle import close_run, open_run
from tasks.run.plan import Asked, plan


def backfill(
    context: Context, portfolio: str, start: date, end: date | None, source: str | None
) -> Backfilled:
    """Bring a portfolio's history from `start` to `end` (None: the last completed session) into store.

    Raises:
        InputError: anything asked for is not right; nothing has been written.
        BallastError: it failed; the batches before are stored, and running it again goes on.
    """
    request = plan(context, Asked(portfolio, None, source), flow="backfill", since=start, until=end)
    run_id = open_run(context, request)
    try:
        filled = fill(context, run_id, request, start)
    except Exception as error:
        close_run(context, run_id, error=f"{type(error).__name__}: {error}")
        raise
    close_run(context, run_id)
    leave_copies(context)
    return filled
