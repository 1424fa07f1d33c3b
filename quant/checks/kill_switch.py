"""The kill switch: while it is on, everything is held."""

import numpy as np

from quant.checks import BLOCK, PASS, CheckContext, Measured, Words

CHECK = "kill_switch"
REFERENCE = (
    "ESMA RTS 6 Art. 12; "
    "FIA, Guide to the Development and Operation of Automated Trading Systems (2015), 1.11"
)


def measure(context: CheckContext) -> list[Measured]:
    """One finding for the portfolio: value 1 while the switch is on, 0 while it is off."""
    why = context.inputs.kill_switch
    because = "" if why is None else f"the kill switch is on: {why}"
    shape = len(context.quantity), 1
    on, status = np.full(shape, float(why is not None)), np.full(shape, PASS if why is None else BLOCK)
    holds = np.full(context.quantity.shape, why is not None)
    words = Words(because or "the kill switch is off", because)
    return [Measured("portfolio", on, 0.0, status, lambda *_: words, holds)]
