"""The story of a bar in plain words."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from rich.text import Text

from flows.terminal import quarantine
from tasks.context.words import number
from tasks.data.bar_history import Adjusted, Adjustment, Chapter, Reference, Story, Use, Version

LISTED = 5  # runs of a version, distributions: more are counted


def render(story: Story) -> Iterator[Text]:
    """Every source's chapter: versions, rejected deliveries, adjustments."""
    for chapter in story.chapters:
        yield Text(f"{story.symbol} on {story.session}, from {chapter.source}", style="bold")
        if not chapter.versions:
            yield Text("  No version of the bar is known: every delivery of it was rejected.", style="red")
        for place, version in enumerate(chapter.versions, 1):
            yield from _version(version, place, len(chapter.versions))
        yield from _rejected(chapter)
        for repair in chapter.repairs:
            how = f"{repair.field} {number(repair.original)} → {number(repair.repaired)}"
            since = _instant(repair.since)
            yield Text(f"\n  Repaired since {since}, {repair.kind}: {how}", style="yellow")
        if chapter.adjusted:
            yield from _adjusted(chapter.adjusted)


def _version(version: Version, place: int, of: int) -> Iterator[Text]:
    until = f"to {_instant(version.known_to)}" if version.known_to else "and still"
    yield Text(
        f"\n  Version {place} of {of}, known from {_instant(version.known_from)} {until}", style="cyan"
    )
    yield Text(f"    {quarantine.bar(version.values)}")
    if version.changed:
        yield Text(f"    Restated: {', '.join(version.changed)}.", style="yellow")
    if version.accepted:
        yield Text(f"    Accepted by {version.accepted}", style="green")
    else:
        yield Text("    Passed every rule for bars.")
    yield Text(f"    {_reference(version.reference)}")
    digest = f", digest {version.digest[:12]}"
    yield Text(f"    Batch {version.batch_id}, fetched {_instant(version.fetched_at)}{digest}", style="dim")
    if version.page:
        yield Text(f"    Data Docs: {version.page}", style="dim")
    yield Text(f"    {_uses(version.runs)}", style="dim")


def _reference(found: Reference | None) -> str:
    if found is None:
        return "Compared with nothing: no close was known before it."
    sigma = "" if found.sigma is None else f" (σ {found.sigma:.2%} a day)"
    within = "within" if abs(found.move) <= found.bound else "beyond"
    return (
        f"Moved {found.move:+.2%} from the reference close {number(found.close)}, {within} the bound of "
        f"±{found.bound:.2%}{sigma}, as known then."
    )


def _uses(uses: Sequence[Use]) -> str:
    if not uses:
        return "No finished daily run used it."
    named = ", ".join(use.run_id for use in uses[:LISTED])
    more = f" and {len(uses) - LISTED} more" if len(uses) > LISTED else ""
    return f"Used by {len(uses)} {'run' if len(uses) == 1 else 'runs'}: {named}{more}"


def _rejected(chapter: Chapter) -> Iterator[Text]:
    if chapter.rejected:
        yield Text("\n  Rejected deliveries", style="cyan")
    for row in chapter.rejected:
        for line in quarantine.entry(row):
            yield Text("  ") + line


def _adjusted(found: Adjusted) -> Iterator[Text]:
    yield Text("\n  Adjusted by what is known now", style="cyan")
    for row in found.own:
        yield Text(f"    On the day itself: {_action(row.kind, row.value)}; it adjusts the closes before.")
    if not found.steps:
        yield Text(f"    No split or distribution since: the close {number(found.traded)} stands as traded.")
    before = found.traded
    for split, group in groupby(found.steps, key=lambda step: step.kind == "split"):
        steps = list(group)
        yield from _summed(steps, before) if len(steps) > LISTED and not split else _each(steps, before)
        before = steps[-1].adjusted
    if found.steps:
        yield Text(
            f"    As traded {number(found.traded)}; for splits {number(found.split)}; "
            f"for splits and distributions {number(found.total)}."
        )
    if found.vendor is not None:
        apart = found.vendor / found.total - 1
        yield Text(f"    The vendor's own adjusted close: {number(found.vendor)} ({apart:+.4%} from ours).")


def _each(steps: Sequence[Adjustment], before: float) -> Iterator[Text]:
    for step in steps:
        how = f"factor {step.factor:.6g}, {number(before)} → {number(step.adjusted)}"
        yield Text(f"    {step.ex_date}  {_action(step.kind, step.value)}: {how}")
        before = step.adjusted


def _summed(steps: Sequence[Adjustment], before: float) -> Iterator[Text]:
    """Many distributions between two splits, which are in the same shares: one line."""
    after = steps[-1].adjusted
    how = f"factor {after / before:.6g}, {number(before)} → {number(after)}"
    paid = number(sum(step.value for step in steps))
    dates = f"from {steps[0].ex_date} to {steps[-1].ex_date}"
    yield Text(f"    {len(steps)} distributions {dates}, {paid} in all: {how} (each in --json)")


def _action(kind: str, value: float) -> str:
    if kind != "split":
        return f"{kind.replace('_', ' ')} of {number(value)}"
    return f"split of {number(value)}:1" if value >= 1 else f"reverse split of 1:{number(1 / value)}"


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
