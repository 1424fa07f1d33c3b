"""Approving and rejecting what a run recommends."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from config.portfolio import stored
from tasks.context.context import Context
from tasks.decisions import fall_holds, halts
from tasks.decisions.authority import Authority, authority, who
from tasks.decisions.reasons import explained
from tasks.decisions.ruling import Situation, Wish, rule
from tasks.orders import recommendations
from tasks.orders.entries import Change, Decided
from tasks.orders.recommendations import Recommendation
from warehouse import runs
from warehouse.database.database import Database
from warehouse.record import entered
from warehouse.runs import Run


@dataclass(frozen=True)
class Decision:
    """The orders that were meant, as they stand then, and what was entered of each, by symbol.

    `refusal` is why the decision could not be made; `entry` the hash of the last entry, "" without one.
    """

    orders: list[Recommendation]
    states: Mapping[str, Decided]
    refusal: str | None = None
    entry: str = ""

    def by_state(self) -> dict[Decided, list[Recommendation]]:
        """The orders by what was entered of them."""
        found: dict[Decided, list[Recommendation]] = {}
        for one in self.orders:
            if one.symbol in self.states:
                found.setdefault(self.states[one.symbol], []).append(one)
        return found


def entitled(context: Context, run: Run, wish: Wish) -> tuple[Wish, Authority]:
    """A wish of somebody who may have it, by the name in the portfolio file; and who else may decide.

    Raises:
        InputError: who decides may not, or the reason is empty.
    """
    people = authority(context.home, run)
    reason = None if wish.reason is None else explained(wish.reason)
    return replace(wish, by=who(people, wish.by, "approve"), reason=reason), people


def enter(db: Database, context: Context, run_id: str, wish: Wish, people: Authority) -> Decision:
    """Decide within a unit of work: all that was meant or nothing, but for what has expired."""
    run, now = runs.load(db, run_id), context.now()
    if refusal := _failed(run):
        return Decision([], {}, refusal)
    ruling = rule(wish, _situation(db, context, run, people, now))
    entry = ""
    for symbol, state in ruling.entries.items():
        entry = entered.append(db, run_id, _change(wish, symbol, state), now).hash
    orders = recommendations.of_run(db, run_id, now)
    chosen = [one for one in orders if one.symbol in ruling.chosen]
    return Decision(chosen, ruling.entries, ruling.refusal, entry)


def _situation(db: Database, context: Context, run: Run, people: Authority, now: datetime) -> Situation:
    portfolio = stored(run.config)
    return Situation(
        run_id=run.run_id,
        orders=recommendations.of_run(db, run.run_id, now),
        needed=people.approvals,
        halted=_halted(db, context, run.portfolio),
        lot=portfolio.rebalance.lot_size,
        accounts=portfolio.accounts_digest is not None,
        keys=_keys(db, run.run_id),
        held={one.symbol: str(one) for one in fall_holds.standing(db, run.run_id)},
    )


def _halted(db: Database, context: Context, portfolio: str) -> str | None:
    """What holds every trade of a portfolio now, in the words of whoever did it."""
    halt = halts.disabled(db, portfolio)
    file = halts.kill_switch(context.home, portfolio)
    return f"portfolio {portfolio!r}: {halt}" if halt else f"the kill switch is on: {file}" if file else None


def _keys(db: Database, run_id: str) -> Mapping[str, str]:
    """Every key that a decision on the run was told with, and what it did."""
    found: dict[str, list[entered.Entered[Change]]] = {}
    for one in entered.entries(db, Change, run_id):
        if one.said.key:
            found.setdefault(one.said.key, []).append(one)
    return {key: _told(of) for key, of in found.items()}


def _told(of: list[entered.Entered[Change]]) -> str:
    first, symbols = of[0], ", ".join(one.said.symbol for one in of)
    done = first.said.state.removesuffix("_once")
    return f"{first.said.by} {done} {symbols} on {first.at:%Y-%m-%d %H:%M} UTC"


def _change(wish: Wish, symbol: str, state: Decided) -> Change:
    """What is entered; what was not said is left out."""
    reason = f"to be {wish.choice}, too late" if state == "expired" else wish.reason
    said = Change(symbol=symbol, state=state, **wish.by.entry(), reason=reason)
    more: dict[str, object] = {}
    if symbol in wish.quantities and wish.choice == "approved":
        more["quantity"] = Decimal(repr(wish.quantities[symbol]))
    if wish.key is not None:
        more["key"] = wish.key
    return said.model_copy(update=more)


def _failed(run: Run) -> str | None:
    """What a failed run left was never told as whole: nothing of it may be traded."""
    if run.status != "failed":
        return None
    return (
        f"run {run.run_id} failed ({run.error}): its trades are held. Run the day again and decide on "
        "that run."
    )
