import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.context.words import amount, instant, price, quantity, share
from tasks.notifiers import load
from tasks.notifiers.slack import render
from tasks.report.data import FetchError
from tasks.report.formats._slack_text import clean, cost, packed
from tasks.report.messages.message import of_report
from tasks.report.model import Ledger, SignalRow
from tests.standins.slack_rules import refusal
from tests.tasks.notifiers.reports import (
    ALLOCATION,
    RISK,
    WORDS,
    alert,
    any_report,
    check,
    drift,
    eventful,
    report,
    trade,
)
from warehouse.tables.found import Construction, Tax, TriggerRow

GOLDEN = Path(__file__).parent / "golden"
KEY = "0123456789ab" + "0" * 52
RENDERINGS = {
    "alert-critical": lambda: (report(alerts=[alert()]), "alert"),
    "digest-calm": lambda: (report(), "digest"),
    "digest-eventful": lambda: (eventful(), "digest"),
    "digest-failed": lambda: (
        report(status="failed", value=None, drift=[], checks=[], error="full"),
        "digest",
    ),
    "digest-huge": lambda: (
        report(trades=[trade(f"S{n}") for n in range(500)]),
        "digest",
    ),
    "alert-historical": lambda: (eventful(), "alert"),
    "alert-warning": lambda: (report(alerts=[alert(severity="warning", move=-0.024)]), "alert"),
}


def texts(payload: dict) -> str:
    """All that a reader sees."""
    blocks = payload["blocks"]
    items = [item for block in blocks for item in (block.get("text"), *block.get("elements", [])) if item]
    return "\n".join(item["text"] for item in items)


def shown(subject, kind="digest", mention="") -> str:
    return texts(render(of_report(subject, kind), channel="#c", key=KEY, mention=mention))


@pytest.mark.parametrize("name", RENDERINGS)
def test_rendering_equals_its_golden_file(name):
    subject, kind = RENDERINGS[name]()
    payload = render(of_report(subject, kind), channel="#portfolio-core", key=KEY, mention="<!here>")
    file = GOLDEN / f"{name}.json"
    if os.environ.get("BALLAST_REWRITE_GOLDEN"):
        file.write_text(json.dumps(payload, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert payload == json.loads(file.read_text(encoding="utf-8"))
    assert refusal(payload) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(any_report(), st.sampled_from(["digest", "alert"]), WORDS)
def test_slack_takes_any_report(subject, kind, mention):
    payload = render(of_report(subject, kind), channel="#c", key=KEY, mention=mention)
    assert refusal(payload) is None
    assert payload["text"].strip()
    assert all(item["verbatim"] for item in _mrkdwn(payload))
    marked = "\n".join(item["text"] for item in _mrkdwn(payload))
    if mention not in {"<!channel>", "<@U123>"}:
        assert "<" not in marked.replace("<https://example.org/run/1|Run in Prefect>", "")


@given(st.text(), st.integers(1, 200))
def test_clean_keeps_to_its_room_and_lets_no_markup_through(value, room):
    line = clean(value, room + 6)
    assert cost(line) <= room + 6
    assert not set("<>`\n\r") & set(line)
    assert re.sub(r"&(amp|lt|gt);", "", line).count("&") == 0


def test_clean_escapes_as_slack_asks():
    assert clean("a & b <!channel> `x`") == "a &amp; b &lt;!channel&gt; 'x'"
    assert clean("one\ntwo\t three\x00") == "one two three\ufffd"


def test_what_does_not_fit_is_counted():
    kept, more = packed((f"line {n:02d}" for n in range(100)), 100, 200, "`ballast show R`")
    assert more == [f"… and {100 - len(kept)} more: `ballast show R`"]
    assert len(kept) > 10
    assert cost("\n".join([*kept, *more])) <= 200
    assert packed(["a", "b"], 2, 200, "x") == (["a", "b"], [])


def test_numbers_are_shown_as_people_write_them():
    assert amount(1234567.891, "USD") == "1,234,567.89 USD"
    assert amount(None) == "n/a"
    assert [quantity(value) for value in (120.0, 0.25, 1000.0, 1e-6)] == ["120", "0.25", "1,000", "0.000001"]
    assert [price(value, "USD", "USD") for value in (188.33, 0.1234)] == ["188.33", "0.1234"]
    assert price(1259.5, "GBp", "USD") == "1,259.50 GBp"
    assert [share(0.0634, "+"), share(-0.5), share(None)] == ["+6.34%", "-50.00%", "n/a"]


def test_instants_are_utc_to_the_minute():
    assert instant("2015-08-25T16:00:00-04:00") == "2015-08-25 20:00 UTC"
    assert instant("2015-08-24") == "2015-08-24"
    assert instant("next close") == "next close"


def test_the_first_line_is_the_decision():
    first = "Nothing to do; nearest band AGG 1.0 of 5.0 points\ncore · 2015-08-24\n"
    assert shown(report()).startswith(first)
    text = shown(eventful())
    assert text.startswith("1 buy, 1 sell, 45,427 USD to trade; 1 HELD\ncore · 2015-08-24\n")
    assert "*Value* 1,000,000 USD\n*Cash* 25,000 → about 25,000 USD\n*SPY* day -4.21%, month -10.14%" in text
    assert "*Drift: 1 of 3 breached, 1 not measured*" in text


def test_the_notification_says_the_decision_first():
    payload = render(of_report(eventful(), "digest"), channel="#c", key=KEY)
    assert payload["text"] == "1 buy, 1 sell, 45,427 USD to trade; 1 HELD · core · 2015-08-24"
    assert payload["text"].startswith(payload["blocks"][0]["text"]["text"])


def test_the_digest_marks_what_must_not_be_traded():
    text = shown(eventful())
    assert "HISTORICAL: a past session, for study and not for trading." in text
    assert "ILLUSTRATION: SP500 is an index level" in text
    assert ":no_entry: The kill switch is on: every trade is held." in text
    assert ":no_entry: *HELD SELL 120 GLD* limit 188.33\n" in f"{text}\n"
    assert ":no_entry: GLD: its bar was quarantined: high below close" in text
    assert "Limit orders; they expire 2015-08-25 20:00 UTC." in text
    assert "HISTORICAL" not in shown(report())


def test_proposed_trades_come_before_held_ones():
    text = shown(eventful())
    assert text.index("*SELL 120 SPY*") < text.index("*BUY 200.5 AGG*") < text.index("*HELD SELL 120 GLD*")


def test_checks_are_named_unless_they_passed():
    text = shown(eventful())
    assert "*Risk checks* 1 of 4 passed" in text
    assert "BLOCK: kill_switch: the kill switch is off" in text
    assert "warning: max_turnover: &lt;= 25% (0.31, limit 0.25)" in text
    assert "max_weight" not in text
    assert "var_95" not in text  # what is not known is in a reply


def test_breached_rows_are_aligned_marked_and_first():
    rows = [drift("AGG"), drift("SPY", actual=0.6634, drift=0.0634, breached=True)]
    lines = shown(report(drift=rows)).split("```")[1].strip().split("\n")
    assert lines == [
        "of  target actual drift  band",
        "SPY  60.0%  66.3% +6.3% ±5.0% breach",
    ]
    assert "… and 1 more: `ballast show" in shown(report(drift=rows))
    close = shown(report(drift=[drift("SPY", actual=0.6502, drift=0.0502, breached=True)]))
    assert "+5.02% ±5.00% breach" in close  # a breach never prints as its band


def test_data_problems_are_named():
    text = shown(eventful())
    assert "DBC has no accepted price on 2015-08-24" in text
    assert "quarantined: GLD on 2015-08-24: high &gt;= close (value 110.2)" in text
    assert "not fetched: VNQ: rate limited: 429 Too Many Requests" in text


def test_the_run_is_linked_where_there_is_a_page_for_it():
    assert "<http://127.0.0.1:4200/runs/flow-run/1b2c|Run in Prefect>" in shown(eventful())
    assert "Again `ballast show 20150824-core-1`" in shown(report())
    page = "https://desk.example.org/site/runs/20150824-core-1.html"
    assert f"<{page}|Page of this run>" in shown(report(page=page))
    assert "|Run in Prefect>" not in shown(report(url="javascript:alert(1)|<!channel>"))


def test_details_are_named_with_the_command_that_shows_them():
    thread = "Not known, Risk checks: 1 of 4 passed, Volatility, By position, Delivery"
    left = "value, weight, cost up to, reasons, Data by symbol, Target weights, Signals ("
    assert f"\nIn the thread: {thread}\nNot in this message: {left}" in shown(eventful())
    assert "Again `ballast show 20150824-core-1`" in shown(eventful())


@pytest.mark.parametrize(
    ("severity", "mention", "expected"),
    [
        ("critical", "<!here>", "<!here> Critical alert: SPY -7.79%"),
        ("critical", "<@U0AB> <!subteam^S12>", "<@U0AB> <!subteam^S12> Critical alert: SPY -7.79%"),
        ("critical", "<http://evil|x>", "&lt;http://evil|x&gt; Critical alert: SPY -7.79%"),
        ("warning", "<!here>", None),
        ("critical", "", None),
    ],
)
def test_only_a_critical_alert_calls_people(severity, mention, expected):
    text = shown(report(alerts=[alert(severity=severity)]), "alert", mention)
    assert (expected in text) if expected else "<" not in text
    assert ("is breaking" in text) == (severity == "critical")


def test_a_past_session_calls_nobody():
    text = shown(report(alerts=[alert()], historical=True), "alert", "<!here>")
    assert "HISTORICAL" in text
    assert "<!here>" not in text


def test_an_alert_says_how_far_and_how_sure():
    text = shown(eventful(), "alert")
    assert "CRITICAL: SPY -7.79%, range shock at 2015-08-24: z = -8.1; recovered 43% of the fall" in text
    assert "WARNING: GLD -3.10%, range shock at 2015-08-24 (unconfirmed" in text


def test_symbols_and_reasons_cannot_call_or_link():
    hostile = trade("<!channel>", reason="<@U1> <https://evil|click> @here `x`")
    text = shown(report(trades=[hostile], status="recommended"))
    assert "<" not in text
    assert "&lt;!channel&gt;" in text


def test_a_preview_is_rendered_exactly_as_slack_is():
    addressed = {"channel": "#c", "key": KEY, "mention": "<!here>"}
    assert load("preview").render(of_report(eventful(), "alert"), **addressed) == render(
        of_report(eventful(), "alert"), **addressed
    )


def _mrkdwn(payload: dict) -> list[dict]:
    items = [block["text"] for block in payload["blocks"] if "text" in block]
    items += [item for block in payload["blocks"] for item in block.get("elements", [])]
    return [item for item in items if item["type"] == "mrkdwn"]


def test_a_hundred_orders_are_all_in_the_message():
    rows = [trade(f"SYM{n}.XX", quantity=1000.5 + n, side=("BUY", "SELL")[n % 2]) for n in range(80)]
    rows += [
        trade(f"OLD{n}", status="held", held_because=f"OLD{n} is stale", quantity=n + 1.0) for n in range(20)
    ]
    drifts = [drift(f"SYM{n}.XX") for n in range(100)]
    payload = render(
        of_report(report(trades=rows, drift=drifts, status="partial"), "digest"), channel="#c", key=KEY
    )
    text = texts(payload)
    assert refusal(payload) is None
    for row in rows:
        order = f"{row.side} {quantity(row.quantity)} {row.symbol}"
        mark = f"*HELD {order}* limit" if row.status == "held" else f"*{order}* limit"
        assert text.count(f"{mark} 188.33") == 1
    assert "they expire 2015-08-25 20:00 UTC" in text
    assert "In the thread: Risk checks: 1 of 1 passed, Delivery\n" in text
    assert "Not in this message: value, weight, cost up to, reasons, " in text
    assert "… and 97 more: `ballast show 20150824-core-1`" in text.partition("*Drift")[2]


def loud(**changed):
    """A day with as much to say beside its orders as there can be, and more."""
    words, many = "a & b " * 300, range(3000)
    data = report().data.model_copy(
        update={
            "stale": [f"S{n}" for n in many],
            "errors": [FetchError(symbol=f"S{n}", kind="outage", error=words) for n in many],
            "illustration": words,
            "held": words,
            "value_in_doubt": {f"S{n}": words for n in many},
        }
    )
    said = {
        "data": data,
        "status": "partial",
        "historical": True,
        "example": True,
        "error": words,
        "replaces": [f"run {n} ({words})" for n in range(60)],
        "superseded_by": "20150824-core-2",
        "withdrawn": words,
        "disabled": words,
        "overrides": eventful().overrides * 60,
        "construction": Construction(method="optimised", status="failed", conflict=words, fallback="simple"),
        "triggers": [trigger("band", n) for n in many] + [trigger("when", 0)],
        "checks": [check(f"check_{n}", "block", rule=words, value=1.0, limit=0.5) for n in many],
        "alerts": [alert(f"S{n}", detail=words) for n in many],
        "drift": [drift(f"S{n}", breached=True) for n in many],
        "risk": RISK,
        "allocation": ALLOCATION,
        "signals": [SignalRow(symbol=f"S{n}", signal="adaptive", value=1.0, action="Buy") for n in many],
    }
    return report(**said | changed)


def test_without_orders_nothing_makes_room_for_them():
    why = "the portfolio file is not right: " + "x" * 200
    said = shown(report(status="failed", error=why, withdrawn="y" * 300))
    assert why in said
    assert "y" * 300 in said


def trigger(name, number):
    return TriggerRow(trigger=name, scope=f"S{number}", value=1.0, limit=0.5, fired=True, rule="band " * 300)


@pytest.mark.parametrize("count", [0, 1, 100, 101, 5000])
def test_slack_takes_the_loudest_day_and_no_order_is_cut_from_it(count):
    tax = Tax(short_gain=-1.0, long_gain=2.0, disallowed=1.0, tax=-0.3, wash_until="2015-09-23")
    reasons = [f"S{n} is not what it was: " + "a & b " * 100 for n in range(count)]
    rows = [
        trade(f"S{n}", reason=why, tax=tax, asset_class=f"class {n % 40}", quantity=n + 1.0)
        if n % 2
        else trade(f"S{n}", reason=why, status="held", held_because=why, asset_class="gold", quantity=n + 1.0)
        for n, why in enumerate(reasons)
    ]
    payload = render(of_report(loud(trades=rows), "digest"), channel="#c", key=KEY)
    text = texts(payload)
    assert refusal(payload) is None
    assert text.startswith("WITHDRAWN: trade nothing of it, run the day again\ncore (example) · 2015-08-24\n")
    assert "Replaced by run 20150824-core-2: trade nothing of this one." in text
    assert "It replaces 57 older runs too: do not trade what they say either." in text
    if count <= 100:
        assert all(f"SELL {n + 1} S{n}" in re.sub("[*]", " ", text) for n in range(count))
    else:
        assert f"{count:,} orders are too many for a message. All of them: the file orders-core-" in text
    assert refusal(render(of_report(loud(trades=rows), "alert"), channel="#c", key=KEY)) is None


def test_more_orders_than_a_message_holds_are_summed_up_by_class_and_the_file_is_named():
    rows = [trade(f"S{n}", asset_class=("equity", "bonds")[n % 2], notional=10.0) for n in range(300)]
    rows += [trade("GLD", status="held", held_because="restricted", asset_class="gold", notional=5.0)]
    payload = render(of_report(report(trades=rows, status="partial"), "digest"), channel="#c", key=KEY)
    text = texts(payload)
    assert refusal(payload) is None
    assert (
        "301 orders are too many for a message. All of them: the file orders-core-2015-08-24.csv, or" in text
    )
    assert "SELL equity: 150 orders, 1,500 USD" in text
    assert ":no_entry: HELD SELL gold: 1 order, 5.00 USD" in text
    assert "S17" not in text


def test_the_first_message_pins_no_entry_that_there_is_not():
    place = {"data_digest": None, "config_digest": "", "code": "", "hash": None}
    assert "ledger" not in shown(report(ledger=Ledger(**place, previous="0" * 64)))
    assert f"ledger `{'ab' * 32}`" in shown(report(ledger=Ledger(**place, previous="ab" * 32)))
