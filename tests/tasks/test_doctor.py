import shutil

import pyarrow as pa
import pytest

from config.examples import SHIPPED
from tasks.data.doctor import examine
from tasks.ingest.vendors import Vendor
from tests.standins.slack import TOKEN, SlackStandIn
from tests.standins.yahoo import Yahoo
from tests.tasks.desk import market, sessions

NAMES = [
    "environment",
    "home",
    "warehouse",
    "portfolios",
    "source",
    "slack",
    "kill switch",
    "alerts",
    "prefect",
]


def looked_at(desk, server=None, **settings):
    findings = examine(desk.context(**settings), server)
    assert [finding.name for finding in findings] == NAMES
    return {finding.name: (finding.status, finding.detail) for finding in findings}


@pytest.fixture
def source(desk):
    """A file with one of core's symbols."""
    return desk.prices(market({"SPY": 500.0}))


@pytest.fixture
def owned(desk):
    """A copy of core that is the desk's own."""
    shutil.copytree(SHIPPED, desk.home / "portfolios")


@pytest.mark.usefixtures("owned")
def test_everything_is_good(desk, source, tmp_path):
    with SlackStandIn(tmp_path / "slack.db") as slack:
        found = looked_at(
            desk, "http://127.0.0.1:4200", source=source, slack_url=slack.url, slack_token=TOKEN
        )
    assert {name for name, (status, _) in found.items() if status != "good"} == set()
    assert found["source"][1] == f"{source} knows the portfolios' symbols since {sessions(60)[0]}"
    assert "0 bars of 0 symbols, 0 runs" in found["warehouse"][1]
    assert "core: read without fault" in found["portfolios"][1]


def test_what_is_missing_by_choice_is_only_noted(desk, source):
    found = looked_at(desk, source=source)
    noted = {name for name, (status, _) in found.items() if status == "note"}
    assert noted == {"slack", "prefect", "portfolios"}
    assert f"your own go to {desk.home / 'portfolios'}" in found["portfolios"][1]
    assert "HOME/previews" in found["slack"][1]


def test_an_address_that_is_not_the_vendor_s_own_is_named(desk, source, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    status, detail = looked_at(desk, source=source, yahoo_url="http://127.0.0.1:1")["environment"]
    assert (status, "BALLAST_YAHOO_URL leads to 127.0.0.1:1, this machine" in detail) == ("good", True)
    gateway = {
        "tiingo_url": "http://gateway.example:81/",
        "tiingo_token": TOKEN,
        "allow_hosts": "http://gateway.example:81",
    }
    status, detail = looked_at(desk, source=source, **gateway)["environment"]
    assert status == "note"
    assert "BALLAST_TIINGO_URL sends the token to gateway.example:81 over plain http" in detail


def test_a_settings_file_that_nobody_reads_is_named(desk, source, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("BALLAST_SLACK_URL=https://evil.example\n")
    status, detail = looked_at(desk, source=source)["environment"]
    assert status == "note"
    assert f"{tmp_path / '.env'} is not read" in detail


def test_a_bad_token_is_told_and_never_shown(desk, source, tmp_path):
    with SlackStandIn(tmp_path / "slack.db") as slack:
        found = looked_at(desk, source=source, slack_url=slack.url, slack_token="xoxb-wrong")
    assert found["slack"][0] == "bad"
    assert "invalid_auth" in found["slack"][1]
    assert "xoxb-wrong" not in str(found)


def test_a_file_without_the_portfolios_symbols_is_bad(desk):
    source = desk.prices(market())
    assert looked_at(desk, source=source)["source"] == (
        "bad",
        f"{source} has none of the portfolios' symbols",
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("files:/no/such.csv", "does not exist"),
        ("yahu", "unknown"),
        ("bundled", "bundled has none"),
    ],
)
def test_a_source_that_cannot_be_used_is_bad(desk, source, words):
    status, detail = looked_at(desk, source=source)["source"]
    assert status == "bad"
    assert words in detail


def test_the_vendor_is_asked(desk):
    frame = market({"SPY": 500.0}, count=10).drop(columns="symbol")
    with Yahoo() as yahoo:
        yahoo.serve("SPY", pa.Table.from_pandas(frame, preserve_index=False))
        good = looked_at(desk, source="yfinance", yahoo_url=yahoo.address)
        yahoo.fail("SPY", "delisted")
        bad = looked_at(desk, source="yfinance", yahoo_url=yahoo.address)
    asked = int(good["source"][1].split()[5])  # of which the client has its own mind: cookies, crumb, chart
    assert 0 < asked <= 10
    sentence = f"yfinance gives SPY: breaker closed, {asked} of 60/minute requests spent"
    assert good["source"] == ("good", sentence)
    status, detail = bad["source"]
    assert status == "bad"
    assert detail.startswith("yfinance does not give SPY: Yahoo: No data found")
    assert "(outage; " in detail
    assert f"removing {desk.home / 'vendors/yfinance.json'} resets" in detail
    assert Vendor("yfinance", desk.context()).state().trip is not None


def test_a_vendor_that_may_not_be_asked_because_nothing_can_be_noted_is_told_in_a_sentence(desk):
    desk.home.mkdir()
    (desk.home / "vendors").write_text("a file stands where the folder should")
    status, detail = looked_at(desk, source="yfinance")["source"]
    assert status == "bad"
    assert detail.startswith(f"{desk.home / 'vendors/yfinance.json'} cannot be written")
    assert detail.endswith("let whoever runs Ballast write to it.")


def test_a_portfolio_that_cannot_be_read_is_named(desk, source):
    folder = desk.home / "portfolios"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text("name = ")
    found = looked_at(desk, source=source)
    assert found["portfolios"][0] == "bad"
    assert "mine.toml: is not valid TOML" in found["portfolios"][1]


def test_the_kill_switch_is_noted_with_its_reason_and_its_file(desk, source):
    desk.home.mkdir()
    (desk.home / "KILL").write_text("until Monday")
    status, detail = looked_at(desk, source=source)["kill switch"]
    assert status == "note"
    assert "until Monday" in detail
    assert str(desk.home / "KILL") in detail


def test_a_home_that_cannot_be_written_is_bad_and_the_rest_is_looked_at(desk, source):
    desk.home.write_text("a file stands where the folder should")
    found = looked_at(desk, source=source)
    assert (found["home"][0], found["warehouse"][0]) == ("bad", "bad")
    assert found["source"][0] == "good"


def test_a_warehouse_that_is_damaged_is_bad(desk, source):
    desk.home.mkdir()
    (desk.home / "warehouse.duckdb").write_bytes(b"no database" * 1000)
    status, detail = looked_at(desk, source=source)["warehouse"]
    assert status == "bad"
    assert "is damaged" in detail


def test_a_variable_that_nobody_reads_is_named_and_a_bad_one_of_any_vendor_is_refused(desk, source):
    status, detail = looked_at(desk, source=source, acme_token=TOKEN)["environment"]
    assert (status, "BALLAST_ACME_TOKEN: read by nobody" in detail, TOKEN in detail) == ("note", True, False)
    status, detail = looked_at(desk, source=source, tiingo_budget="often")["environment"]
    assert (status, detail.startswith("BALLAST_TIINGO_BUDGET must be none")) == ("bad", True)


@pytest.mark.usefixtures("owned")
def test_a_route_of_alerts_that_leads_nowhere_is_named(desk, source):
    rules = desk.home / "alerts.toml"
    rules.write_text(
        '[[route]]\nchannel = ["#portfolio-core", "#dsek"]\n[[route]]\nportfolio = "cor"\nchannel = "a"\n'
    )
    status, detail = looked_at(desk, source=source)["alerts"]
    assert status == "note"
    assert detail.endswith(
        "route #1: no portfolio of it has a channel '#dsek'. route #2: there is no portfolio 'cor'. "
        "route #2: no portfolio of it has a channel 'a'"
    )
    rules.write_text('[[route]]\nchannel = "#portfolio-core"\n')
    assert looked_at(desk, source=source)["alerts"][0] == "good"
