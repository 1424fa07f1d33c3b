import pytest

from flows.artifacts import check_rows, digest_markdown, drift_rows, trade_rows
from tasks.report.data import Data, FxRow, QuarantinedRow, RepairedRow
from tasks.report.model import (
    AccountDrift,
    AccountsRow,
    AlertRow,
    Benchmark,
    CheckRow,
    DriftRow,
    Report,
    TradeRow,
    TriggerRow,
)
from tests.tasks.notifiers.reports import ALLOCATION, RISK

BLOCKED = CheckRow(check="max_adv", scope="AGG", value=0.25, limit=0.1, status="block", rule="at most 10%")
PASSED = CheckRow(check="max_weight", scope="SPY", value=0.6, limit=0.65, status="pass", rule="at most 65%")
UNKNOWN = CheckRow(check="var_95", scope="portfolio", value=None, limit=0.03, status="unknown", rule="3%")


def trade(**changes):
    row = {
        "symbol": "SPY",
        "side": "SELL",
        "quantity": 1200.0,
        "limit_price": 187.4,
        "currency": "USD",
        "notional": 225_960.0,
        "weight_before": 0.662,
        "weight_after": 0.6,
        "trigger": "band",
        "rule": "|drift| > 0.05",
        "reason": "SPY is 6.2 points over",
        "expires": "2015-08-25T20:00:00Z",
        "cost": 1129.8,
        "checks": [],
        "status": "proposed",
        "held_because": None,
    }
    return TradeRow.model_validate(row | changes)


def report(**changes):
    fields = {
        "run_id": "run-1",
        "flow": "daily",
        "portfolio": "core",
        "session": "2015-08-24",
        "known_at": "2015-08-24T22:30:00Z",
        "historical": False,
        "status": "partial",
        "currency": "USD",
        "value": 3_644_516.129,
        "cash": 25000.0,
        "returns": "total",
        "benchmark": Benchmark(symbol="SPY", day=-0.0421, month=-0.0989),
        "data": Data(
            source="files:prices", rows_new=21, rows_restated=0, quarantined=[], stale=[], errors=[]
        ),
        "drift": [
            DriftRow(
                level="asset_class",
                key="bond",
                target=0.4,
                actual=0.338,
                drift=-0.062,
                band=0.05,
                breached=True,
            )
        ],
        "volatility": [],
        "signals": [],
        "trades": [trade()],
        "checks": [PASSED, UNKNOWN, BLOCKED],
        "alerts": [],
        "notices": [],
    }
    return Report.model_validate(fields | changes)


def test_the_digest_tells_value_market_trades_drift_and_checks():
    page = digest_markdown(report())
    assert page.startswith("# core, 2015-08-24: 1 trade proposed")
    assert "Value 3,644,516.13 USD, cash 25,000.00." in page
    assert "SPY: -4.21% on the day, -9.89% in the month (total returns)" in page
    assert "- **proposed** SELL 1,200 SPY, limit 187.40, 225,960.00 USD, weight 66.20% → 60.00%: " in page
    assert "| asset class | bond | 40.00% | 33.80% | -6.20% | 5.00% | breached |" in page
    assert "- **block** max\\_adv, AGG: 0.25 against 0.1 (at most 10%)" in page
    assert "1 of 3 checks passed." in page
    assert "`ballast replay run-1`" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"historical": True}, "> **historical: for study, not for trading**"),
        ({"error": "the vendor is down"}, "> **the vendor is down**"),
        ({"trades": []}, "No trades."),
        ({"value": None}, "Value n/a"),
    ],
)
def test_the_digest_says_what_a_reader_must_know(changes, said):
    assert said in digest_markdown(report(**changes))


def test_the_digest_tells_where_the_risk_comes_from():
    page = digest_markdown(report(risk=RISK))
    assert "Volatility 10.00% a year." in page
    assert "| SPY | 57.50% | 16.00% | 9.20% | 92.00% |" in page
    assert "## Risk" not in digest_markdown(report())


def test_an_unconfirmed_alert_is_marked():
    shock = AlertRow(
        kind="range_shock",
        symbol="SPY",
        severity="critical",
        at="2015-08-24",
        move=-0.078,
        detail="fell 7.8%",
        confirmed=False,
    )
    assert "- **critical** (unconfirmed) SPY, range shock: fell 7.8%" in digest_markdown(
        report(alerts=[shock])
    )


def test_many_quarantined_rows_are_counted_not_listed():
    rows = [QuarantinedRow(symbol=f"S{n}", session="2015-08-24", rule="move", value=1.0) for n in range(1000)]
    data = Data(source="s", rows_new=0, rows_restated=0, quarantined=rows, stale=["VNQ"], errors=[])
    page = digest_markdown(report(data=data))
    assert page.count(" quarantined: move") == 20
    assert "and 980 more quarantined rows" in page
    assert "- VNQ is stale" in page


def test_a_page_of_thousands_of_rows_has_the_first_and_counts_the_rest():
    names = [f"S{n}" for n in range(5000)]
    quiet = {"level": "instrument", "target": 0.1, "actual": 0.1, "drift": 0.0, "band": 0.05}
    drifts = [DriftRow(**quiet, key=name, breached=name == "S4999") for name in names]
    data = report().data.model_copy(update={"stale": names, "served_by": dict.fromkeys(names, "tiingo")})
    many = report(
        trades=[trade(symbol=name) for name in names],
        drift=drifts,
        data=data,
        checks=[BLOCKED.model_copy(update={"scope": name}) for name in names],
    )
    page = digest_markdown(many)
    assert len(page) < 60_000
    assert page.count("- **proposed** SELL") == page.count("- **block**") == 100
    assert "- and 4,900 more orders: `ballast show --json` lists them" in page
    assert "| instrument | S4999 |" in page  # what is breached comes first
    assert "\nand 4,900 more drifts" in page
    assert page.count("is stale") == page.count("is served by") == 20
    assert len(trade_rows(many)) == 5000


def test_text_from_outside_stays_text():
    odd = "a | b\n# c <script>x</script> [l](http://e) *d*"
    bond = DriftRow(level="instrument", key=odd, target=0, actual=0, drift=0, band=0, breached=False)
    page = digest_markdown(report(trades=[trade(reason=odd)], drift=[bond]))
    assert "<script>" not in page
    safe = "a \\| b # c &lt;script&gt;x&lt;/script&gt; \\[l\\](http://e) \\*d\\*"
    assert f": {safe}." in page
    assert f"| instrument | {safe} | 0.00% |" in page


def test_a_held_trade_says_why():
    held = report(trades=[trade(status="held", held_because="AGG has no bar", limit_price=0.51234)])
    (row,) = trade_rows(held)
    assert (row["status"], row["held because"], row["limit"]) == ("HELD", "AGG has no bar", "0.5123")
    assert "**Held because** AGG has no bar." in digest_markdown(held)


def test_what_blocks_comes_first_among_the_checks():
    assert [row["status"] for row in check_rows(report())] == ["block", "unknown", "pass"]
    assert check_rows(report())[1]["value"] == "n/a"


def test_every_row_of_a_table_has_the_same_columns():
    many = report(trades=[trade(), trade(cost=None, weight_after=None)])
    for rows in (trade_rows(many), check_rows(many), drift_rows(many)):
        assert rows
        assert {tuple(row) for row in rows} == {tuple(rows[0])}
        assert all(isinstance(cell, str) for row in rows for cell in row.values())


def test_the_page_says_what_the_message_says_of_accounts_weights_triggers_repairs_and_rates():
    accounts = AccountsRow(
        count=2, by_status={"recommended": 1, "no_action": 1}, turnover=0.1,
        largest=[
            AccountDrift(account="A-1", level="instrument", key="SPY", actual=0.7, drift=0.1, breached=True)
        ],
        held=[],
    )  # fmt: skip
    fired = [
        TriggerRow(trigger=name, scope="portfolio", value=1.0, limit=0.0, fired=True, rule="band")
        for name in ("band", "when")
    ]
    repaired = RepairedRow(
        symbol="SPY", session="2015-08-24", kind="unit_100x", field="high", original=18740.0, repaired=187.4
    )
    data = report().data.model_copy(
        update={"repaired": [repaired], "fx": [FxRow(pair="GBPUSD", rate=1.57, session="2015-08-24")]}
    )
    page = digest_markdown(report(allocation=ALLOCATION, triggers=fired, data=data))
    assert "Called for by band." in page
    assert "## Allocation" in page
    assert "Allocation risk\\_parity, fitted on 2015-08-03: AGG +4.2%" in page
    assert "| SPY | 60.00% | 55.80% |" in page
    assert "- SPY 2015-08-24 repaired, unit\\_100x: high 18,740 to 187.4" in page
    assert "- converted at GBPUSD 1.57 of 2015-08-24" in page
    page = digest_markdown(report(accounts=accounts))
    assert "- 2 accounts: 1 trade, 1 at rest; orders of" in page
    assert "- A-1: SPY 70.00%, +10.00%" in page
