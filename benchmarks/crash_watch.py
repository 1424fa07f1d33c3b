"""What the crash watch sees and what it invents, on made-up markets whose crashes are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from benchmarks._crash_calm import KINDS, Calm, calm, samples, shares
from benchmarks._crash_rates import PERCENT, WATCH, Scores, Z, first_told, upper
from benchmarks._crash_runs import MINUTES, MODEL, Market, Played
from benchmarks._crash_tests import alone, rates
from benchmarks._roc import Line, draw
from benchmarks._sheet import Sheet, Table
from quant.simulation.bars import Vendor
from quant.simulation.crashes import Crash, planted

PAGE = "crash-watch.md"
DEPTHS, LENGTHS = (0.03, 0.05, 0.07, 0.10), (1, 5, 10)
TARGET = 0.95
COLOURS = {WATCH: "#c1121f", PERCENT: "#d98200", Z: "#9aa5b1"}


@dataclass(frozen=True)
class Size:
    names: int
    sessions: int
    others: int
    crashed: int
    alone: tuple[int, int]


FULL = Size(names=6000, sessions=25, others=32, crashed=600, alone=(1000, 6))
QUICK = Size(names=60, sessions=2, others=2, crashed=40, alone=(30, 2))


def measure(*, quick: bool) -> Sheet:
    """All tables and the picture, from fixed seeds."""
    size = QUICK if quick else FULL
    chosen, judge = calm(size.names, size.sessions, 1), calm(size.names, size.others, 11)
    scores = chosen.scores
    crashes = _crashes(size, scores)
    return Sheet(
        "Calibration",
        [
            _about(size, scores),
            _operating(chosen, crashes),
            "False alarms in these sessions and in others, by whose seeds nothing was chosen:",
            samples((chosen, judge)),
            _verdict(judge, scores, crashes),
            shares(judge, scores),
            "![Detection against false alarms](crash-watch.svg)",
            _depths(crashes),
            "What was told as unconfirmed in the calm sessions, by the reasons at the end:",
            Table(
                ("reason", ">falls"), [(words, f"{count:,}") for words, count in chosen.reasons.most_common()]
            ),
            "The tests alone, without the second key. Most crossings are jumps that the model made:",
            rates(alone(*size.alone, seed=3)),
        ],
        {"crash-watch.svg": _picture(scores)},
    )


Setting = tuple[float, int]
Crashed = dict[Setting, tuple[Played, Sequence[Crash]]]


def _crashes(size: Size, scores: Scores) -> Crashed:
    """A session for each depth and length, all after the same history; every second name crashes."""
    market = Market(size.crashed, 2, Vendor())
    market.play()
    found: Crashed = {}
    for depth in DEPTHS:
        for length in LENGTHS:
            crashes = planted(size.crashed, MINUTES, 2, depth, market.random, length)
            found[depth, length] = market.play(crashes, keep=False), crashes
    scores.add_crashes(*found[0.05, 5])
    return found


def _about(size: Size, scores: Scores) -> str:
    spread = f"{MODEL.low_sigma:.1%} to {MODEL.high_sigma:.1%}"
    return f"""Made by `make calibrate` from fixed seeds; no real price is in it.

{size.names:,} names for {size.sessions} sessions ({scores.years:,.0f} symbol-years) without a planted crash:
Heston volatility (daily {spread}), {MODEL.common:.0%} of the variance common to all names, {MODEL.jumps:g}
jumps a day and name, a U-shaped day, bid-ask bounce, ticks, missing minutes, slow declines of 8%, wrong
single prints, and splits and dividends from whose minute on the vendor delivers new prices. Crashes are
planted in {size.crashed // 2:,} names at a time, at a random minute outside the first hour and the last 40
minutes; 0 to 90% of each comes back. All names are in tier 1 (band 5%).

- An alarm is *false* when the efficient price, without noise and wrong prints, has not fallen by 80% of the
  band within five minutes in the last ten. A jump of 5% is a true fall.
- A crash is *detected* when it is told by the second minute after its bottom.
- *Reached*: with what the market did meanwhile, the efficient price fell by the band or more.
- The delay of a critical alert counts bars from the one in which the fall reached the band."""


def _operating(chosen: Calm, crashes: Crashed) -> Table:
    """The watch as it is, and both simple rules at their usual and at equal detection."""
    scores, false = chosen.scores, chosen.false
    played, planted_ones = crashes[0.05, 5]
    rows = []
    for kind, told in KINDS.items():
        seen = [first_told(played, crash, told) is not None for crash in planted_ones]
        of_reached = [one for one, reached in zip(seen, scores.reached, strict=True) if reached]
        shares = float(np.mean(seen)), float(np.mean(of_reached))
        rows.append(_row(f"the watch: {kind}", false[kind], scores.years, *shares))
    same = scores.detection(WATCH, 1.0)
    for rule, words, threshold in (
        (PERCENT, "5% in five minutes", 0.05),
        (PERCENT, "detects 95%", scores.threshold(PERCENT, TARGET)),
        (Z, "z of 6", 6.0),
        (Z, "detects as many as critical", scores.threshold(Z, same)),
    ):
        count = round(scores.rate(rule, threshold) * scores.years)
        both = [scores.detection(rule, threshold, reached=reached) for reached in (False, True)]
        rows.append(_row(f"{rule}: {words}", count, scores.years, both[0], both[1]))
    columns = (
        "rule",
        ">false alarms in 250 symbol-years",
        ">95% upper bound",
        ">planted 5% crashes detected",
        ">of those that reached 5%",
    )
    return Table(columns, rows)


def _row(name: str, count: int, years: float, seen: float, of_reached: float) -> tuple[str, ...]:
    rate, most = count / years * 250, upper(count, years)
    return name, f"{rate:,.2f}", f"{most:,.2f}", f"{seen:.1%}", f"{of_reached:.1%}"


def _verdict(judge: Calm, scores: Scores, crashes: Crashed) -> str:
    """Whether the targets are met, in words that follow from the figures."""
    played, planted_ones = crashes[0.05, 5]
    critical = KINDS["critical, confirmed"]
    seen = [first_told(played, crash, critical) is not None for crash in planted_ones]
    reached = float(np.mean([one for one, deep in zip(seen, scores.reached, strict=True) if deep]))
    rate, most = judge.rate("critical, confirmed")
    delay = _delay(played, planted_ones)
    everything = float(np.mean(seen))
    goals = f"""Targets:

- at most one false critical alert in 250 symbol-years: {_met(rate <= 1)} ({rate:.2f} in the other
  seeds, and with 95% probability fewer than {most:.2f});
- {TARGET:.0%} of 5% five-minute crashes critical: {_met(reached >= TARGET)} for falls that reached 5%
  ({reached:.1%}), {_met(everything >= TARGET)} for all that were planted with 5% ({everything:.1%});
- a median delay of at most two bars: {_met(delay <= 2)} ({delay:g})."""
    return f"{goals}\n\n{_why(judge, scores)}"


def _why(judge: Calm, scores: Scores) -> str:
    share = scores.threshold(WATCH, TARGET)
    rate = judge.scores.rate(WATCH, share) * 250
    return f"""A planted fall of exactly one band ends above or below the band, by what the price did by
itself meanwhile, and critical is defined as the whole band. So no rule that keeps to this definition calls
{TARGET:.0%} of all planted ones critical. {share:.2f} of a band would have to be enough for that, with
{rate:.2f} false alarms in 250 symbol-years. The others are told as warnings. Each share of the band, with
the false alarms of the other seeds:"""


def _met(good: bool) -> str:
    return "met" if good else "not met"


def _depths(crashes: Crashed) -> Table:
    """Detection and delay by depth and length."""
    rows = []
    for (depth, length), (played, planted_ones) in crashes.items():
        seen = {kind: [first_told(played, one, told) for one in planted_ones] for kind, told in KINDS.items()}
        shares = [np.mean([minute is not None for minute in minutes]) for minutes in seen.values()]
        first = [
            minute - one.start
            for minute, one in zip(seen["anything"], planted_ones, strict=True)
            if minute is not None
        ]
        cells = (f"{depth:.0%}", f"{length}", *(f"{share:.1%}" for share in shares))
        late = _delay(played, planted_ones)
        rows.append((*cells, f"{median(first):g}" if first else "–", "–" if np.isnan(late) else f"{late:g}"))
    heads = (f">{kind}" for kind in KINDS)
    return Table(
        (">depth", ">minutes", *heads, ">first word, bars after the start", ">delay of critical"), rows
    )


def _delay(played: Played, crashes: Sequence[Crash]) -> float:
    """Median bars from the minute in which a fall reached the band to the critical alert, NaN without one."""
    delays = []
    for crash in crashes:
        told = first_told(played, crash, KINDS["critical, confirmed"])
        reached = np.flatnonzero(played.reached[crash.start + 1 : crash.start + 15, crash.name])
        if told is not None and len(reached):
            delays.append(told - (crash.start + 1 + int(reached[0])))
    return float(median(delays)) if delays else float("nan")


def _picture(scores: Scores) -> str:
    """Each rule at all of its thresholds; the watch's mark is its critical alert."""
    lines = {}
    for rule, colour in COLOURS.items():
        low = min(scores.caught[rule])
        top = max([*scores.caught[rule], *scores.false[rule]])
        thresholds = np.geomspace(max(low, 0.5 if rule == WATCH else 1e-3), top, 200)
        points = [(scores.rate(rule, one), scores.detection(rule, one)) for one in thresholds]
        mark = (scores.rate(rule, 1.0), scores.detection(rule, 1.0)) if rule == WATCH else None
        lines[rule] = Line(points, colour, mark)
    title = "Planted crashes of 5% in five minutes: share detected against false alarms in a symbol-year"
    return draw(title, lines, 1e-3, 1e2)
