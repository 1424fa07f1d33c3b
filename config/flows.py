"""Cash that people have put into a portfolio or taken out of it."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field

from config.holdings import MOST
from quant.errors import InputError
from quant.policy.policy import Strict


class CashFlow(Strict):
    """A deposit, or below 0 a withdrawal, in the portfolio's currency, that `cash` has had since `date`."""

    date: date
    amount: Annotated[float, Field(ge=-MOST, le=MOST, allow_inf_nan=False)]


def check_flows(path: Path, flows: Sequence[CashFlow]) -> None:
    """Refuse flows that say nothing.

    Raises:
        InputError: one of them is 0.
    """
    for flow in flows:
        if flow.amount == 0:
            raise InputError(
                f"{path}: [[flow]] of {flow.date} has amount = 0. Write what was paid in, "
                "below 0 what was taken out, or remove the table."
            )
