"""What a failing vendor does to a day: error, who serves, what is held, and how many requests that costs."""

import logging
from collections.abc import Mapping, Sequence

from benchmarks._sheet import Sheet, Table
from benchmarks._vendor_faults import EVERYTHING, FAULTS, QUICK, Case, Outcome, mixtures, run
from tasks.context.patience import DEFAULT

PAGE = "vendor-faults.md"
ONE = "BBB"
WORDS = {"recommended": "trades", "held": "HELD"}

ABOUT = f"""A portfolio of three symbols (AAA, BBB, CCC) fetches from Yahoo, without a fallback (*alone*)
and with Tiingo as its fallback. The warehouse is empty, so a symbol that no vendor serves has no price at
all, and every trade is HELD. The clients are the real ones. Local servers answer in the vendors' places.

- To shorten the measurement, a request may take {QUICK.request:g} s and a failing vendor {QUICK.total:g} s
  in all. In a real run these are {DEFAULT.request:g} s and {DEFAULT.total:g} s.
- *Requests* are those that reached each vendor, Yahoo + Tiingo, requests for SPY included.
- The number of Yahoo requests depends on its client. It asks for a cookie before every request as long as
  it has none, as here, and asks a second time after an error."""

VENDOR = """Every request fails. Then Ballast asks for SPY, which must exist. If that fails too, the vendor
has an outage, and the symbols are not taken for delisted or empty. The breaker opens: this vendor is not
asked again before the cool-down period is over. The fallback serves all three symbols."""

MIXED = """Random combinations with a fixed seed: each symbol fails in its own way, or not at all, at both
vendors. A batch that lacks more than half of its symbols is refused as a whole, so the fallback is asked
for the other symbols too. A vendor whose failures have used up its time is not asked for the rest."""


def measure(*, quick: bool) -> Sheet:
    """Every fault of one symbol and of the vendor, and the mixtures; quick: one fault and one mixture."""
    logging.getLogger("yfinance").setLevel(logging.CRITICAL)
    faults = ["404"] if quick else list(FAULTS)
    drawn = mixtures()[:1] if quick else mixtures()
    return Sheet(
        "What is reported, who serves, what is held",
        [
            ABOUT,
            f"One symbol, {ONE}, fails at Yahoo:",
            _table(ONE, faults),
            VENDOR,
            _table(EVERYTHING, faults),
            MIXED,
            Table(
                ("at Yahoo", "at Tiingo", "reported", "served by Tiingo", "portfolio", ">requests"),
                [mixed_row(case, run(case)) for case in drawn],
            ),
        ],
    )


def _table(what: str, faults: Sequence[str]) -> Table:
    columns = (
        "Yahoo answers",
        "reported as",
        "breaker",
        "alone",
        ">requests",
        "with a fallback",
        ">requests",
    )
    return Table(
        columns, [row(fault, run(Case({what: fault})), run(Case({what: fault}, {}))) for fault in faults]
    )


def row(fault: str, alone: Outcome, backed: Outcome) -> tuple[str, ...]:
    """One fault: a day without and a day with the fallback."""
    kinds = dict.fromkeys(alone.errors["yfinance"].values())
    served = f"{WORDS[backed.status]}{_list(', Tiingo serves ', backed.served_by)}"
    opens = "opens" if alone.down else ""
    told = ", ".join(kinds) or "–"
    return fault, told, opens, WORDS[alone.status], _requests(alone), served, _requests(backed)


def mixed_row(case: Case, outcome: Outcome) -> tuple[str, ...]:
    """One mixture."""
    told = [
        f"{symbol} {kind} ({source})"
        for source, kinds in outcome.errors.items()
        for symbol, kind in kinds.items()
    ]
    held = f"{WORDS[outcome.status]}{_list(', nobody serves ', outcome.unserved)}"
    return (
        _faults(case.yahoo), _faults(case.tiingo or {}), ", ".join(told) or "–",
        ", ".join(outcome.served_by) or "–", held, _requests(outcome),
    )  # fmt: skip


def _faults(faults: Mapping[str, str]) -> str:
    return "; ".join(f"{symbol}: {fault}" for symbol, fault in faults.items()) or "–"


def _list(before: str, symbols: Sequence[str] | Mapping[str, str]) -> str:
    return f"{before}{', '.join(symbols)}" if symbols else ""


def _requests(outcome: Outcome) -> str:
    return f"{outcome.requests['yfinance']} + {outcome.requests['tiingo']}"
