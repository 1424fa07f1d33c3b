"""A past day run again by hand: from the click on Run in Chromium to the message at the Slack stand-in."""

import shutil
import time

import pytest

from flows.up import secret
from tests.e2e.browser import CHROMIUM, browser
from tests.e2e.desk import Desk
from tests.e2e.up import PATIENCE, SESSION, free_port, launched, logged_in, stopped
from tests.standins.slack import TOKEN

SETTLE = 2.0  # what is typed reaches the form's own state a little later
SET_DATE = """(() => {{
    const field = document.querySelector("input[type=date]");
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(field, "{day}");
    field.dispatchEvent(new Event("input", {{ bubbles: true }}));
    field.dispatchEvent(new Event("change", {{ bubbles: true }}));
    return field.value;
}})()"""


@pytest.fixture
def running(tmp_path, slack, driver):
    """A `ballast up` whose HOME has a portfolio, prices up to SESSION and a Slack."""
    desk = Desk(tmp_path, driver)
    desk.portfolio()
    folder = desk.home / "portfolios"
    folder.mkdir(parents=True)
    for file in ("two-funds.toml", "holdings.csv"):
        shutil.move(tmp_path / file, folder / file)
    told = {"SLACK_URL": slack.url, "SLACK_TOKEN": TOKEN, "OPERATOR_CHANNEL": "#portfolio-demo"}
    given = told | {"SOURCE": f"files:{desk.prices(fall=0.0)}"}
    variables = {f"BALLAST_{name}": value for name, value in given.items()}
    up = launched(desk.home, tmp_path, free_port(), **variables)
    yield up
    stopped(up)


def fill_in(page, up):
    """Open the run form as a person does, and ask for the session."""
    pages = up.api.removesuffix("/api")
    logged_in(page, pages, secret.read(up.home))
    page.open(f"{pages}/deployments/deployment/{up.deployment('daily')['id']}", "daily", "Run")
    page.click("Run", "//button")
    page.click("Custom run")
    page.wait_for("session", "notify")
    page.click("date")
    page._until(lambda: page.evaluate(SET_DATE.format(day=SESSION)) == str(SESSION), "takes a date")
    time.sleep(SETTLE)


@pytest.mark.long
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_past_day_is_run_from_the_form_and_its_message_arrives(running, slack):
    pages = running.api.removesuffix("/api")
    with browser(height=1250) as page:
        fill_in(page, running)
        page.click("Submit", "//button")
        page.wait_for("scheduled to start")
    deadline = time.monotonic() + PATIENCE
    while not slack.messages():
        assert time.monotonic() < deadline, running.log("worker")
        time.sleep(0.5)
    [run] = running.post("flow_runs/filter", flow_runs={"name": {"any_": [f"all {SESSION}"]}})
    done = running.finished(run["id"])
    assert done["state"]["message"] == "1 portfolio: 1 recommended"
    with browser(height=1250) as page:
        logged_in(page, pages, secret.read(running.home))
        page.open(f"{pages}/runs/flow-run/{run['id']}", f"all {SESSION}", "Completed")
    assert {message["channel"] for message in slack.messages()} == {"#portfolio-core"}
