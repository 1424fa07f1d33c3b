"""The evidence about signals as a document. Pure."""

from collections.abc import Iterator

from tasks.context.words import count, instant, share
from tasks.evidence.model import Estimate, Evidence, Judged
from tasks.report.document import (
    AnyPart,
    Document,
    Fact,
    Facts,
    Importance,
    Notes,
    Row,
    Table,
    Verdict,
    fact,
    note,
    row,
)

FIRST, NEEDED, USEFUL, _ = Importance
READ = (
    "The rank correlation is that over symbols, with its 95% interval. A return begins a session after.",
    "Sharpe is of holding symbols by the signal's rank, long and short, without costs.",
    "Skill is the probability that this ratio is more than the luck of all tries in the register.",
    "Each signal counts as two tries: the higher the better, and the lower the better.",
)
"""How to read it."""


def document(found: Evidence) -> Document:
    """Each signal's verdict first, then its numbers, then the tests of all at once."""
    show = f"ballast evidence signal all --portfolio {found.portfolio} --json"
    helpful = [one.signal for one in found.signals if one.verdict == "helps"]
    said = f"{', '.join(helpful)} helps" if helpful else "no signal helps"
    parts: tuple[AnyPart, ...] = (
        Table(
            "signals", "Signals", NEEDED, show, ("signal", "verdict", "Sharpe", "skill", "days"),
            tuple(map(_signal, found.signals)), texts=2,
        ),
        Table(
            "coefficients", "Rank correlation with the return after it", NEEDED, show,
            ("signal", *(count(one.sessions, "session") for one in found.signals[0].horizons)),
            tuple(_coefficients(one) for one in found.signals),
        ),
        Table(
            "hits", "Buy and Sell that came true", USEFUL, show,
            ("signal", *(count(one.sessions, "session") for one in found.signals[0].horizons)),
            tuple(_hits(one) for one in found.signals if one.horizons[0].hits is not None),
        ),
        Facts("family", "All signals at once", USEFUL, show, tuple(_family(found))),
        Notes("read", "How to read it", USEFUL, show, tuple(note(text, "muted") for text in READ)),
    )  # fmt: skip
    subject = f"Signals · {found.portfolio} · {found.first} to {found.last}"
    prices = fact("Prices", f"{found.source}, as known at {instant(found.known_at)}")
    where = Facts("where", "Where", FIRST, show, (prices,))
    verdict = Verdict(subject, said, "good" if helpful else "plain")
    return Document(verdict, tuple(one for one in parts if one.rows), where)


def _signal(one: Judged) -> Row:
    kind, way = " (candidate)" if one.candidate else "", ", lower is better" if one.sign < 0 else ""
    return row(
        f"{one.signal}{kind}{way}", one.verdict, "n/a" if one.sharpe is None else f"{one.sharpe:.2f}",
        share(one.deflated), f"{one.horizons[0].coefficient.days:,}",
        tone="good" if one.verdict == "helps" else "plain",
        notes=(f"{one.because[:1].upper()}{one.because[1:]}",),
    )  # fmt: skip


def _coefficients(one: Judged) -> Row:
    return row(one.signal, *(_interval(of.coefficient) for of in one.horizons))


def _hits(one: Judged) -> Row:
    cells = (
        f"{share(of.hits.value)} (all days {share(of.base)})" for of in one.horizons if of.hits is not None
    )
    return row(one.signal, *cells)


def _interval(of: Estimate) -> str:
    if of.value is None:
        return "n/a"
    if of.low is None or of.high is None:
        return f"{of.value:+.3f}"
    return f"{of.value:+.3f} ({of.low:+.3f} to {of.high:+.3f})"


def _family(found: Evidence) -> Iterator[Fact]:
    of = found.family
    yield fact("Tested", f"{of.tested} results; {found.trials:,} tries in the register")
    for name, value in (("White's reality check", of.reality_check), ("Hansen's SPA", of.spa)):
        yield fact(
            name, "n/a" if value is None else f"p = {value:.3f} that the best is no better than nothing"
        )
