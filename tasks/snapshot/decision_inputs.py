"""What a run decides from: the one place where a snapshot becomes the inputs of `quant.decide`."""

from quant.decision_inputs import DecisionInputs
from quant.rebalance.instructed import Instruction
from tasks.decisions import kept_controls
from tasks.snapshot import costing, triggers
from tasks.snapshot.snapshot import Snapshot


def of(snapshot: Snapshot, instruction: Instruction | None = None) -> DecisionInputs:
    """All that binds the portfolio of a run, or each of its accounts. Depends on nothing but the snapshot.

    `instruction` is what somebody asks for instead of what the policy does; no run has one.
    """
    return DecisionInputs(
        book=snapshot.book,
        policy=triggers.in_force(snapshot),
        limits=snapshot.portfolio.risk,
        calendar_due=triggers.is_due(snapshot),
        evidence=snapshot.evidence,
        kill_switch=snapshot.run.kill_switch,
        quarantined=snapshot.quarantined,
        unreconciled=snapshot.unreconciled,
        unrated=snapshot.unrated,
        disputed=snapshot.doubted,
        past=triggers.past(snapshot),
        terms=costing.terms(snapshot),
        controls=kept_controls.of(snapshot.run),
        instruction=instruction,
    )
