"""Sessions without a planted crash: what the watch tells there, and how much of it is false."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks._crash_rates import WATCH, Scores, Told, false_rows, upper
from benchmarks._crash_runs import Market
from benchmarks._sheet import Table
from quant.simulation.bars import Vendor

KINDS: dict[str, Told] = {
    "critical, confirmed": lambda severity, confirmed: severity == "critical" and confirmed,
    "critical, also unconfirmed": lambda severity, _: severity == "critical",
    "warning or critical, confirmed": lambda _, confirmed: confirmed,
    "anything": lambda *_: True,
}
SHARES = (1.0, 0.98, 0.96, 0.94, 0.92, 0.90)


@dataclass
class Calm:
    """Scores of the sessions, false falls by kind, and the reasons of those that stayed unconfirmed."""

    scores: Scores = field(default_factory=Scores)
    false: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def rate(self, kind: str) -> tuple[float, float]:
        """False falls of a kind in 250 symbol-years, and what that stays below with 95% probability."""
        count, years = self.false[kind], self.scores.years
        return count / years * 250, upper(count, years)


def calm(names: int, sessions: int, seed: int) -> Calm:
    """So many sessions of a market, after one that only fills the memory."""
    market, found = Market(names, seed, Vendor()), Calm()
    for number in range(sessions + 1):
        played = market.play()
        if number:
            found.scores.add_calm(played)
            found.false.update({kind: false_rows(played, told) for kind, told in KINDS.items()})
            over = [row for _, row in played.rows if row.resolved is not None and not row.confirmed]
            found.reasons.update(words for row in over for words in row.vetoes)
    return found


def samples(both: Sequence[Calm]) -> Table:
    """False falls in the sessions by which the rules were chosen, and in those that judge them."""
    rows = []
    for words, one in zip(("those by which it was chosen", "other seeds"), both, strict=True):
        for kind in KINDS:
            rate, most = one.rate(kind)
            counts = f"{one.scores.years:,.0f}", f"{one.false[kind]:,}", f"{rate:,.2f}", f"{most:,.2f}"
            rows.append((words, kind, *counts))
    return Table(
        ("sessions", "told", ">symbol-years", ">false", ">in 250 symbol-years", ">95% upper bound"), rows
    )


def shares(judge: Calm, crashes: Scores) -> Table:
    """What another share of the band would detect, and at the price of how many false alarms."""
    rows = [
        (
            f"{share:.2f}",
            f"{crashes.detection(WATCH, share):.1%}",
            f"{crashes.detection(WATCH, share, reached=True):.1%}",
            f"{judge.scores.rate(WATCH, share) * 250:.2f}",
        )
        for share in SHARES
    ]
    return Table(
        (
            "share of the band",
            ">planted 5% crashes detected",
            ">of those that reached 5%",
            ">false alarms in 250 symbol-years",
        ),
        rows,
    )
