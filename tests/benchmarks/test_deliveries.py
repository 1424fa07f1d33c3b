"""The real deliveries, fed one after the other through the command line's own functions."""

from pathlib import Path

import pytest

from benchmarks import deliveries
from config.settings import Settings
from flows import clock
from tasks.context.context import Context

pytestmark = pytest.mark.long
TABLE = Path(__file__).parents[2] / "docs" / "deliveries.md"


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    home = tmp_path_factory.mktemp("deliveries") / "home"
    given = {"slack_token": None, "lock_timeout": 60.0, "source": "yfinance"}
    return Context(Settings(home=home, **given), clock.now, clock.sleep)


@pytest.fixture(scope="module")
def outcomes(context, shared_data):
    return {one.name: one for one in deliveries.feed(context, shared_data / "etf_deliveries")}


def test_another_meaning_is_refused_whole(outcomes):
    refused = [one for one in outcomes.values() if one.loaded is None]
    assert [one.name for one in refused] == ["20250829T211652Z"]
    assert "lacks the adjusted close" in refused[0].refusal


def test_every_accepted_delivery_is_given_back_exactly(outcomes):
    accepted = [one for one in outcomes.values() if one.loaded]
    assert len(accepted) == 13
    assert all(one.exact for one in accepted)
    assert all(not one.loaded.rows_quarantined and not one.loaded.held for one in accepted)


def test_what_is_restated_is_counted(outcomes):
    # 16:08 and 16:21 in New York: prints of minutes after the close are corrected.
    assert outcomes["20250903T202154Z"].loaded.restated["close"] == 11
    # The next morning's delivery tells the day's final volume of all 21 symbols.
    assert outcomes["20250904T062742Z"].loaded.restated["volume"] == 21


def test_a_weekend_brings_nothing(outcomes):
    for name in ("20250907T062514Z", "20250908T062932Z"):  # Sunday, and Monday before the market
        assert (outcomes[name].loaded.rows_new, outcomes[name].loaded.rows_restated) == (0, 0)


def test_the_published_table_is_of_these(outcomes):
    rows = {line.split(" | ")[0].strip("| "): line for line in TABLE.read_text().splitlines()}
    for name, one in outcomes.items():
        assert "| " + " | ".join(deliveries._row(one)) + " |" == rows[name]


def test_one_row_more_than_was_told_is_not_exact(context, outcomes, shared_data, tmp_path):
    told = shared_data / "etf_deliveries" / "20250912T062807Z"
    less = tmp_path / told.name
    less.mkdir()
    for file in told.glob("*.csv"):
        lines = file.read_text().splitlines(keepends=True)
        (less / file.name).write_text("".join(lines[:-1] if file.stem == "SPY" else lines))
    (context.home / f"{told.name}.parquet").unlink()
    assert not deliveries._is_exact(context, less)
