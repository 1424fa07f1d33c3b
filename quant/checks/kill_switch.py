"""The kill switch: while it is on, everything is held."""

from quant.checks import CheckContext, Finding
from quant.policy.policy import Limits

CHECK = "kill_switch"
REFERENCE = (
    "ESMA RTS 6 Art. 12; "
    "FIA, Guide to the Development and Operation of Automated Trading Systems (2015), 1.11"
)


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:  # noqa: ARG001  no limit governs it, every check has one signature
    """One finding for the portfolio: value 1 while the switch is on, 0 while it is off."""
    rule = "the kill switch is off"
    if context.kill_switch is None:
        return [Finding(CHECK, "portfolio", 0.0, 0.0, "pass", rule)]
    because = f"the kill switch is on: {context.kill_switch}"
    return [Finding(CHECK, "portfolio", 1.0, 0.0, "block", because, frozenset(context.book.symbols), because)]
