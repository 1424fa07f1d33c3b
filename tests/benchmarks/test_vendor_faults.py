"""Vendors that fail, through their real clients: what is expected, by hand; live days; and the page."""

from pathlib import Path

import pytest

from benchmarks._vendor_faults import EVERYTHING, FAULTS, Case, mixtures, run

PAGE = Path(__file__).parents[2] / "docs" / "vendor-faults.md"
KINDS = {  # what a failure of one symbol is told as; None: it passes
    "200": None,
    "404": "delisted",
    "429": "rate_limited",
    "429, Retry-After: 1 s, twice": None,
    "429, Retry-After: 1 h": "rate_limited",
    "500": "outage",
    "200 with nothing in it": "empty",
    "200, half of the text": "not_understood",
    "connection dropped": "outage",
    "no answer in time": "outage",
}
DOWN = {  # what the same is told as when every request of the vendor fails so
    **KINDS, "404": "outage", "200 with nothing in it": "outage"
}  # fmt: skip
ALL = ["AAA", "BBB", "CCC"]


def kinds(faults):
    """The symbols that these faults leave without prices, with the kind of each."""
    return {symbol: KINDS[fault] for symbol, fault in faults.items() if KINDS[fault]}


def test_every_fault_has_an_expectation():
    assert KINDS.keys() == FAULTS.keys()


@pytest.mark.long
@pytest.mark.parametrize("fault", ["500", "200 with nothing in it"])
def test_a_vendor_that_is_down_is_served_by_the_fallback(fault):
    backed = run(Case({EVERYTHING: fault}, {}))
    assert backed.errors == {"yfinance": dict.fromkeys(ALL, DOWN[fault]), "tiingo": {}}
    assert (backed.status, backed.down) == ("recommended", ["yfinance"])
    assert backed.served_by == dict.fromkeys(ALL, "tiingo")
    assert backed.requests["tiingo"] == 3


@pytest.mark.long
def test_both_vendors_down_hold_everything():
    lost = run(Case({EVERYTHING: "404"}, {EVERYTHING: "429, Retry-After: 1 h"}))
    assert lost.errors == {
        "yfinance": dict.fromkeys(ALL, "outage"),
        "tiingo": dict.fromkeys(ALL, "rate_limited"),
    }
    assert (lost.status, lost.down, lost.unserved) == ("held", ["yfinance", "tiingo"], ALL)
    assert lost.requests["tiingo"] == 4  # each symbol once, since the pause is long, and SPY


@pytest.mark.long
@pytest.mark.parametrize("case", [mixtures()[number] for number in (1, 3)])
def test_a_mixture_is_served_symbol_by_symbol(case):
    """SPY never fails in a mixture, so no vendor is down; who has no price from either holds all.

    An answer that lacks two of the three symbols is refused whole: the fallback is asked for all of them.
    """
    outcome = run(case)
    first, second = kinds(case.yahoo), kinds(case.tiingo)
    lacking = [symbol for symbol in ALL if symbol in first or len(first) >= 2]
    unserved = [symbol for symbol in lacking if symbol in second]
    assert outcome.errors["yfinance"] == first
    assert outcome.errors.get("tiingo", {}) == {symbol: second[symbol] for symbol in unserved}
    assert outcome.served_by == {symbol: "tiingo" for symbol in lacking if symbol not in unserved}
    assert (outcome.unserved, outcome.down) == (unserved, [])
    assert outcome.status == ("held" if unserved else "recommended")


def published(what):
    """The rows of the page's table about one symbol (the first) or the vendor (the second), by fault."""
    tables = PAGE.read_text().split("| Yahoo answers |")[1:3]
    lines = tables[0 if what == "BBB" else 1].split("\n\n")[0].splitlines()[2:]
    rows = [line.strip("| ").split(" | ") for line in lines]
    return {row[0]: [cell.strip() for cell in row[1:]] for row in rows}


@pytest.mark.parametrize(
    ("what", "told", "served"), [("BBB", KINDS, "BBB"), (EVERYTHING, DOWN, "AAA, BBB, CCC")]
)
def test_the_published_page_says_what_is_expected(what, told, served):
    rows = published(what)
    assert rows.keys() == FAULTS.keys()
    for fault, (kind, breaker, alone, _, backed, requests) in rows.items():
        if fault in {"200", "429, Retry-After: 1 s, twice"}:
            assert (kind, breaker, alone, backed) == ("–", "", "trades", "trades")
        else:
            assert (kind, breaker) == (told[fault], "opens" if what == EVERYTHING else "")
            assert (alone, backed) == ("HELD", f"trades, Tiingo serves {served}")
            assert requests.endswith(f" + {len(served.split(', '))}")
