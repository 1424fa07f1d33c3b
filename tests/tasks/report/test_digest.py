"""What a document says of a report."""

import pytest

from tasks.report.digest import alert, digest
from tasks.report.formats import text
from tasks.report.words.wording import decision
from tests.tasks.notifiers.reports import alert as alert_row
from tests.tasks.notifiers.reports import check, drift, eventful, report, trade


def part(subject, name):
    """The sentences of a part; none where there is no such part."""
    return [note.text for one in digest(subject).parts if one.name == name for note in one.rows]


def data(**changed):
    return report().data.model_copy(update=changed)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"trades": [trade(), trade("AGG", side="BUY", notional=80.5)]},
            "1 buy, 1 sell, 22,794 USD to trade",
        ),
        ({"trades": [trade(notional=99.5)]}, "1 sell, 99.50 USD to trade"),
        ({"trades": [trade(), trade("X", status="held")]}, "1 sell, 22,714 USD to trade; 1 HELD"),
        ({"trades": [trade(status="held", held_because="X is stale")], "status": "held"}, "HELD: X is stale"),
        (
            {"trades": [trade(n, status="held", held_because=n) for n in "ABA"], "status": "held"},
            "HELD: A (and 1 other reason)",
        ),
        (
            {"status": "held", "checks": [check("kill_switch", "block", rule="the kill switch is on: war")]},
            "HELD: the kill switch is on: war",
        ),
        ({"status": "failed", "error": "no file"}, "FAILED: no file"),
        ({"withdrawn": "a fill", "trades": [trade()]}, "WITHDRAWN: trade nothing of it, run the day again"),
        ({"superseded_by": "r2", "trades": [trade()]}, "REPLACED by a newer run"),
        ({}, "Nothing to do; nearest band AGG 1.0 of 5.0 points"),
        ({"drift": [drift("SPY", band=0.0), drift("AGG", actual=None, drift=None)]}, "Nothing to do"),
        ({"drift": [drift("SPY", breached=True)]}, "Nothing to do, although 1 band is breached"),
    ],
)
def test_the_first_line_is_the_decision(changed, said):
    assert decision(report(**changed)) == said
    assert digest(report(**changed)).verdict.decision == said


def test_a_vendor_that_was_down_is_the_reason():
    def held(kind, *stale):
        errors = [{"symbol": symbol, "kind": kind, "error": "503"} for symbol in ("SPY", "AGG")]
        found = data(source="yfinance", stale=[*stale]).model_dump() | {"errors": errors}
        return decision(report(status="held", data=found, checks=[check("data", "block", rule="no bar")]))

    assert held("outage", "SPY", "AGG") == "HELD: yfinance did not answer (2 symbols)"
    assert held("rate_limited", "SPY").startswith("HELD: yfinance answers no more requests")
    assert held("outage", "SPY", "GLD") == "HELD: no bar"  # GLD lacks its bar for another reason
    assert held("delisted", "SPY") == "HELD: no bar"


def test_each_reason_is_said_once_with_what_it_holds():
    rows = [trade(f"S{n}", status="held", held_because="the data of GLD is old") for n in range(20)]
    names = ", ".join(f"S{n}" for n in range(12))
    assert part(report(trades=rows), "held") == [f"{names} and 8 more: the data of GLD is old"]
    assert part(report(trades=rows, status="failed"), "held") == []


def test_a_check_is_told_in_the_unit_of_its_limit():
    rows = [
        check("max_adv", "block", scope="AGG", value=0.254, limit=0.1,
              rule="the AGG order's share of its volume is at most 10.00%"),
        check("max_order_value", "warn", value=474500.123, limit=250000.0,
              rule="value of SPY is at most 250,000.00; so"),
        check("max_beta", "unknown", limit=1.2, rule="beta after the trades is at most 1.2000"),
        check("cash", "warn", value=0.004, limit=0.01, rule="cash is at least 1.00% of value"),
    ]  # fmt: skip
    assert part(report(checks=rows), "unknown") == [
        "not known: max_beta: beta after the trades is not known, allowed at most 1.2000"
    ]
    asked = "override request core max_adv"
    assert part(report(checks=rows), "blocks") == [
        "BLOCK: max_adv of AGG: the AGG order's share of its volume is 25.40%, allowed at most 10.00%",
        f"Two people may override max_adv: ballast {asked} --by NAME --reason TEXT --until DATE",
        "warning: max_order_value: value of SPY is 474,500.12 USD, allowed at most 250,000.00 USD; so",
        "warning: cash: cash is 0.40%, allowed at least 1.00% of value",
    ]


def test_the_data_check_says_what_is_wrong_and_not_its_rule():
    rule = "an accepted bar on the session, none quarantined, and every split counted in the holdings"
    why = "SPY has no accepted bar on the session: stale for 294 sessions"
    rows = [check("data", "block", scope="SPY", value=294.0, limit=0.0, rule=f"{rule}: {why}")]
    subject = report(checks=rows, status="held")
    first, second = part(subject, "blocks")
    assert first == "BLOCK: data of SPY: no price of SPY for 294 sessions"
    assert second.startswith("Nobody can override data: ")
    assert decision(subject) == "HELD: no price of SPY for 294 sessions"
    assert part(subject, "held") == []  # the first line has said it
    rows.append(check("kill_switch", "block", rule="the kill switch is on"))
    assert len(part(report(checks=rows, status="held"), "held")) == 2


def test_what_blocks_says_who_may_lift_it():
    rows = [check(name, "block") for name in ("kill_switch", "restricted", "max_adv", "max_turnover")]
    *_, halt, listed, limits = part(report(checks=rows), "blocks")
    assert halt.endswith("ends the halt: ballast enable core --by NAME --reason TEXT")
    assert listed == "Nobody can override restricted: its list stands in the portfolio file."
    assert limits.startswith("Two people may override max_adv, max_turnover: ballast override request core")


def test_what_is_unknown_of_many_is_one_sentence_for_each_check():
    rule = "every position has a move; none is known for energy (XLE)"
    rows = [check("max_stress_loss", "unknown", scope=f"scenario {n}", rule=rule) for n in (1987, 2008)]
    rows += [check("max_adv", "unknown", scope=n, rule=f"the {n} order") for n in ("AAA", "BBB")]
    assert part(report(checks=rows), "unknown") == [
        f"not known: max_stress_loss of 2 scenarios: {rule}",
        "not known: max_adv of 2 symbols: cannot be computed for AAA, BBB",
    ]


def test_of_the_checks_that_passed_the_nearest_to_its_limit_is_in_the_table():
    def passed(name, rule, limit, **values):
        return [
            check(name, "pass", scope=key, value=value, limit=limit, rule=f"it is at {rule}")
            for key, value in values.items()
        ]

    rows = passed("max_weight", "most 65.00%", 0.65, SPY=0.6, AGG=0.64, GLD=0.1)
    rows += passed("cash", "least 1.00%", 0.01, a=0.5, b=0.011)
    [table] = [one for one in digest(report(checks=rows)).parts if one.name == "checks"]
    assert [row.cells for row in table.rows] == [
        ("pass", "max_weight", "AGG and 2 more", "64.00%", "at most 65.00%"),
        ("pass", "cash", "b and 1 more", "1.10%", "at least 1.00%"),
    ]
    assert table.caption == "Risk checks: 5 of 5 passed"
    assert part(report(checks=rows), "blocks") == part(report(checks=rows), "unknown") == []


def test_what_may_be_lost_in_a_day_is_an_amount():
    rows = [check("var_95", "pass", value=0.004745, limit=0.005, rule="VaR is at most 0.50%")]
    said = text.render(digest(report(checks=rows)))
    assert "At risk in a day (95%): 4,745 USD, limit 5,000\n" in said
    assert "At risk" not in text.render(digest(report(checks=rows, value=None)))


def test_prices_of_an_earlier_session_are_counted_not_listed():
    rows = [{"symbol": f"S{n}", "session": "2015-08-21"} for n in range(100)]
    rows.append({"symbol": "GBPUSD=X", "session": "2015-08-20"})
    first, second, *_ = part(report(data=data().model_dump() | {"earlier": rows}), "data")
    assert first == "price of 2015-08-20, no later one was due: GBPUSD=X"
    assert second.endswith("S10, S11 and 88 more")


def test_each_symbol_s_data_is_one_row_of_which_those_with_a_trouble_come_first():
    bar = {"symbol": "GLD", "session": "2015-08-24"}
    found = data().model_dump() | {
        "source": "tiingo", "stale": ["SPY"], "served_by": {"AGG": "files"},
        "errors": [{"symbol": "SPY", "kind": "rate_limited", "error": "429"}],
        "quarantined": [bar | {"rule": rule, "value": 1.0} for rule in ("high >= close", "volume >= 0")],
        "accepted": [bar | {"session": "2015-08-21", "kind": None, "by": "Ada", "reason": "so"}],
        "repaired": [bar | {"kind": "pence", "field": one, "original": 1.0, "repaired": 0.01}
                     for one in ("open", "close")],
        "gaps": [{"symbol": "GLD", "first": day, "last": day, "sessions": 2, "holds": True, "accepted": None}
                 for day in ("2015-08-12", "2015-08-18")],
        "earlier": [{"symbol": "EFA", "session": "2015-08-21"}],
    }  # fmt: skip
    drifts = [drift("AGG"), drift("SPY"), drift("equity", level="asset_class")]
    [table] = [one for one in digest(report(data=found, drift=drifts)).parts if one.name == "quality"]
    assert [(one.cells, one.tone) for one in table.rows] == [
        (("SPY", "not fetched: rate limited", "none", "–", "–", "–", "–"), "warning"),
        (("GLD", "tiingo", "2015-08-24", "1", "1", "1", "4"), "warning"),
        (("AGG", "files", "2015-08-24", "–", "–", "–", "–"), "plain"),
        (("EFA", "tiingo", "2015-08-21", "–", "–", "–", "–"), "plain"),
    ]
    assert part(report(data=found, known_at=None), "quality") == []


def test_an_alert_names_what_has_fallen_and_calls_people_only_for_a_market_that_is_open():
    rows = [alert_row("GLD", severity="warning", move=-0.031), alert_row()]
    document = alert(report(alerts=rows))
    assert str(document.verdict) == "core · 2015-08-24 · Critical alert: SPY -7.79%, GLD -3.10%"
    assert document.verdict.urgent
    assert not alert(report(alerts=rows[:1])).verdict.urgent
    assert not alert(report(alerts=rows, historical=True)).verdict.urgent
    assert not alert(report(alerts=rows, example=True)).verdict.urgent


def test_where_the_run_is_found_depends_on_who_reads(tmp_path):
    subject = eventful().model_copy(update={"docs": "/srv/docs/index.html"})
    near, far = text.render(digest(subject, tmp_path)), text.render(digest(subject))
    assert f"ballast show 20150824-core-1 --home {tmp_path}" in near
    assert "/srv/docs/index.html" in near
    assert "/srv/docs" not in far
    assert "ballast show 20150824-core-1\n" in far
    assert "Recompute" not in text.render(digest(report(status="failed")))
