"""The portfolio's restricted list: no trade in either direction."""

from quant.checks import CheckContext, Finding
from quant.policy.policy import Limits

CHECK = "restricted"
REFERENCE = "SEC 15c3-5(c)(2)(ii)"


def evaluate(context: CheckContext, limits: Limits) -> list[Finding]:
    """One finding per traded symbol; its value is the notional that would trade although restricted."""
    if not limits.restricted:
        return []
    listed, rule = frozenset(limits.restricted), "no trade in a symbol on the restricted list"
    findings = []
    for trade in context.trades:
        if trade.symbol not in listed:
            findings.append(Finding(CHECK, trade.symbol, 0.0, 0.0, "pass", rule))
            continue
        because = f"{CHECK}: {trade.symbol} is on the restricted list"
        holds = frozenset({trade.symbol})
        findings.append(Finding(CHECK, trade.symbol, trade.notional, 0.0, "block", rule, holds, because))
    return findings
