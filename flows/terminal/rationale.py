"""The story of a run's trades in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from flows.terminal.recommendations import fills, states
from tasks.context.words import amount, count, number, quantity, share
from tasks.report.words.wording import constructed
from warehouse.tables.found import TriggerRow

if TYPE_CHECKING:
    from tasks.record.alternatives import Alternative
    from tasks.record.explain import Gain, RunStory, TradeStory, Untraded


def render(story: RunStory) -> Iterator[Text]:
    """Each trade, then what was not traded and why."""
    known = f", as known at {story.known_at:%Y-%m-%d %H:%M:%S} UTC" if story.known_at else ""
    worth = amount(story.value, story.currency)
    whose = f"{story.portfolio}, account {story.account}," if story.account else story.portfolio
    yield Text(f"{whose} on {story.session}, worth {worth}{known} (run {story.run_id})", style="bold")
    yield from _rules(story.triggers)
    if why := constructed(story.construction):
        yield Text(f"  {why}", style="yellow")
    for trade in story.trades:
        yield from _trade(trade, story.currency)
    if story.untraded:
        yield Text("\n  Not traded", style="cyan")
    for one in story.untraded:
        yield Text(f"    {_untraded(one)}")


def _rules(triggers: Sequence[TriggerRow]) -> Iterator[Text]:
    """Which rules have fired, and whether that calls for a rebalance; nothing for a run without rules."""
    if not triggers:
        return
    *rules, when = triggers
    fired = [row for row in rules if row.fired]
    met = "met" if when.fired else "not met"
    if any(row.trigger == "cooldown" for row in fired):
        met = "kept back by the cooldown"
    yield Text(f"  {len(fired)} of {count(len(rules), 'rule')} fired; {when.rule}: {met}.")
    for row in fired:
        yield Text(f"    {row.trigger} ({row.scope}): {row.rule}")


def _trade(story: TradeStory, currency: str) -> Iterator[Text]:
    trade = story.trade
    held = trade.status == "held"
    order = f"{trade.side} {quantity(trade.quantity)} {trade.symbol}"
    prices = f"limit {number(trade.limit_price)}, close {number(story.close)}"
    yield Text(
        f"\n  {'HELD: ' if held else ''}{order}, {prices}: {amount(trade.notional, currency)}",
        style="red" if held else "green",
    )
    if held:
        yield Text(f"    Held because {trade.held_because}", style="red")
    yield Text(f"    Why: {trade.reason}.")
    yield Text(f"    Trigger: {trade.trigger}; rule: {trade.rule}.")
    for row in story.drift:
        what = "Its class " + row.key if row.level == "asset_class" else story.position
        stands = f"{share(row.actual)} against {share(row.target)}, drift {share(row.drift, '+')}"
        band = f"band ±{share(row.band)}{', broken' if row.breached else ''}"
        yield Text(f"    {what}: {stands}, {band}.")
    weights = f"{share(trade.weight_before)} to {share(trade.weight_after)}"
    yield Text(
        f"    The trade takes {trade.symbol} from {weights}; "
        f"the limit costs at most {amount(trade.cost, currency)}."
    )
    yield from _alternatives(story, currency)
    yield from map(_gain, story.gains)
    yield from _checks(story)
    if story.life:
        yield Text("    ").append_text(next(iter(states([story.life]))))
    for line in fills(story.fills) if story.fills else ():
        yield Text("    ").append_text(line)


def _alternatives(story: TradeStory, currency: str) -> Iterator[Text]:
    yield Text("    Instead, before any check:")
    for one in story.alternatives:
        yield Text(f"      {_policy(one)}: {_alternative(one, currency)}")
    own = next((row for row in story.drift if row.level == "instrument"), None)
    stays = f"the drift of {share(own.drift, '+')} stays" if own else "all stays as it is"
    yield Text(f"      nothing: {stays}")


def _policy(one: Alternative) -> str:
    if one.construction:
        return f"{one.construction} construction"
    how = f" ({one.distance * 100:g} points from target, Vanguard's)" if one.distance is not None else ""
    return f"destination {one.destination}{how}"


def _alternative(one: Alternative, currency: str) -> str:
    if one.side is None:
        return "no trade"
    cost = "" if one.cost is None else f", costs of about {amount(one.cost, currency)}"
    tax = "" if one.tax is None else f", tax of about {amount(one.tax, currency)}"
    return f"{one.side} {quantity(one.quantity)} for {amount(one.notional, currency)}{cost}{tax}"


def _gain(one: Gain) -> Text:
    bought = f" bought on {one.acquired}" if one.acquired else ""
    term = {True: "long-term ", False: "short-term ", None: ""}[one.long_term]
    if one.gain is None:
        return Text(f"    Tax: {quantity(one.quantity)}{bought}, whose cost is not known.")
    what = "gain" if one.gain >= 0 else "loss"
    lot = f"{quantity(one.quantity)}{bought} at {number(one.cost_basis)}"
    return Text(f"    Tax, estimated: {lot}: a {term}{what} of {amount(abs(one.gain))}.")


def _checks(story: TradeStory) -> Iterator[Text]:
    passed = [row.check for row in story.checks if row.status == "pass"]
    yield Text(f"    Checks passed: {', '.join(dict.fromkeys(passed)) or 'none'}.")
    for row in story.checks:
        if row.status != "pass":
            numbers = f"{number(row.value)}, limit {number(row.limit)}"
            yield Text(
                f"    {row.status.upper()} {row.check} ({row.scope}): {numbers}; {row.rule}",
                style="yellow",
            )


def _untraded(one: Untraded) -> str:
    if one.drift is None:
        return f"{one.symbol}: {one.reason}."
    return f"{one.symbol}: drift {share(one.drift, '+')}, band ±{share(one.band)}; {one.reason}."
