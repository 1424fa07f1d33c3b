"""The report of a run that has ended."""

from tasks.context.context import Context
from tasks.context.find_run import found
from tasks.report.assemble import assemble
from tasks.report.model import Report


def find_report(context: Context, text: str, portfolio: str | None) -> Report:
    """The report of the run that `text` means.

    Raises:
        InputError: no such run, or one without a report.
    """
    return context.warehouse.transact(
        lambda db: assemble(db, found(db, text, portfolio, context.now()), context.now())
    )
