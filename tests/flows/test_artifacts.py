import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from config.settings import Settings
from flows.up.instance import Site, alone
from flows.up.served.addresses import links
from tasks.context.context import Context
from tasks.report.data import Data, FxRow, RepairedRow
from tasks.report.digest import digest
from tasks.report.formats import markdown
from tasks.report.model import AccountDrift, AccountsRow, Benchmark, Report, TradeRow
from tests.e2e.up import free_port
from tests.tasks.notifiers.reports import ALLOCATION, RISK
from warehouse.tables.found import CheckRow, DriftRow, TriggerRow

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


def page(subject):
    return markdown.render(digest(subject))


def lines(subject, name):
    """The lines of a table's own page."""
    [table] = [part for part in digest(subject).parts if part.name == name]
    return markdown.whole(table).splitlines()


def test_the_page_tells_value_market_trades_drift_and_checks():
    said = page(report())
    assert said.startswith("# core · 2015-08-24 · 1 sell, 225,960 USD to trade")
    assert "- **Value**: 3,644,516 USD\n- **Cash**: 25,000 → about 250,960 USD" in said
    assert "- **SPY**: day -4.21%, month -9.89%" in said
    assert "- **SELL 1,200 SPY** limit 187.40, value 225,960.00 USD, weight 66.20% → 60.00%, " in said
    assert "| bond | 40.0% | 33.8% | -6.2% | ±5.0% | breach |" in said
    assert "- **BLOCK: max\\_adv of AGG: at most 10% (0.25, limit 0.1)**" in said
    assert "## Risk checks: 1 of 3 passed" in said
    assert "`ballast replay run-1`" in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"historical": True}, "- **HISTORICAL: a past session, for study and not for trading.**"),
        ({"status": "failed", "error": "the vendor is down"}, "· FAILED: the vendor is down"),
        ({"error": "the vendor is down " * 9}, "- **the vendor is down the vendor"),
        ({"trades": [], "status": "no_action"}, "· Nothing to do, although 1 band is breached"),
        ({"value": None}, "- **Value**: not known"),
    ],
)
def test_the_page_says_what_a_reader_must_know(changes, said):
    assert said in page(report(**changes))


def test_the_page_tells_where_the_risk_comes_from():
    said = page(report(risk=RISK))
    assert "## Volatility\n\n- 10.0% a year, most from SPY 92%, AGG 8%." in said
    assert "| SPY | 57.50% | 16.00% | 9.20% | 92.00% |" in said
    assert "## By position" not in page(report())


def test_the_tables_have_every_row():
    held = trade(status="held", held_because="AGG has no bar", limit_price=0.51234, cost=None)
    many = report(trades=[held, *(trade(symbol=f"S{n}") for n in range(300))])
    first, *_, last = found = lines(many, "trades")
    assert len(found) == 301
    assert first.startswith("- **SELL 1,200 S0** limit 187.40")
    assert first.endswith(" SPY is 6.2 points over.")
    assert last.startswith("- **HELD SELL 1,200 SPY** limit 0.51234, ")
    assert [line.split(" | ")[0] for line in lines(many, "checks")[2:]] == [
        "| BLOCK",
        "| not known",
        "| pass",
    ]
    assert lines(many, "drift")[2].endswith("| breach |")


def test_a_table_that_is_wider_than_the_page_is_a_list_whose_lines_wrap():
    wide = CheckRow(check="c" * 40, scope="s" * 40, value=None, limit=1.0, status="unknown", rule="3%")
    assert lines(report(), "checks")[0].startswith("| ")
    found = lines(report(checks=[PASSED, wide]), "checks")
    assert [line[:3] for line in found] == ["- *"] * 2
    assert f"check {'c' * 40}, of {'s' * 40}, found not known, allowed" in found[0]


def test_the_page_says_what_the_message_says_of_accounts_weights_triggers_repairs_and_rates():
    largest = AccountDrift(account="A-1", level="instrument", key="SPY", actual=0.7, drift=0.1, breached=True)
    accounts = AccountsRow(
        count=2, by_status={"recommended": 1, "no_action": 1}, turnover=0.1, largest=[largest], held=[]
    )
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
    said = page(report(allocation=ALLOCATION, triggers=fired, data=data))
    assert "- Called for by band." in said
    assert "- Allocation risk\\_parity, fitted on 2015-08-03: AGG +4.2%" in said
    assert "| SPY | 60.00% | 55.80% |" in said
    assert "- **repaired: SPY on 2015-08-24: unit\\_100x, high 18,740 to 187.4**" in said
    assert "- converted at GBPUSD 1.57 of 2015-08-24" in said
    said = page(report(accounts=accounts))
    assert "- 2 accounts: 1 to trade, 1 with nothing to do; orders of" in said
    assert "- A-1: SPY 70.00%, +10.00%" in said


def test_the_links_lead_to_pages_that_are_served(tmp_path, monkeypatch):
    docs = report(docs=str(tmp_path / "data-docs" / "batches" / "run (1).html"))
    context = Context(Settings(home=tmp_path), lambda: None, lambda _: None, "test")
    assert links(context, docs) == []  # nobody serves them
    outside = Context(Settings(home=tmp_path, public_url="https://desk.example/b/"), None, None, "test")
    assert [address for _, address in links(outside, docs)] == [
        "https://desk.example/b/site/runs/run-1.html",
        "https://desk.example/b/data-docs/batches/run%20%281%29.html",
    ]
    with alone(Site(tmp_path, port := free_port())):
        assert links(context, docs) == []  # another server's pages show this run
        with temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{port}/api"}):
            assert links(context, report()) == [("The page of this run", "/site/runs/run-1.html")]
