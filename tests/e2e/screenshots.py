"""Take docs/img/prefect-*.png again: `python -m tests.e2e.screenshots`, Chromium on a real `ballast up`.

They show the demo portfolio on the bundled prices of 6 May 2010, so that they need no other data.
"""

import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from flows.up import secret
from tests.conftest import ROOT
from tests.e2e.browser import browser
from tests.e2e.up import free_port, launched, logged_in, stopped

IMAGES = ROOT / "docs" / "img"
DEMO = {"portfolio": "demo", "session": "2010-05-06", "source": "bundled", "notify": False}
# Charts and panels move into place after their text is there.
SETTLE = 2.0


def main():
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shutil.copytree(ROOT / "config" / "demo", folder / "home" / "portfolios")
        up = launched(folder / "home", folder, free_port())
        try:
            up.finished(up.start(portfolio="mistyped", notify=False))
            up.finished(up.start(**DEMO | {"portfolio": "all"}))
            take(up, up.finished(up.start(**DEMO))["id"])
        finally:
            stopped(up)


def take(up, run):
    """The run form of the daily deployment, the runs, and a finished run: artifacts, log and digest."""
    pages = up.api.removesuffix("/api")
    (digest,) = (row for row in up.artifacts(run) if row["key"].endswith("digest"))
    with browser(1280, 1250) as page:
        logged_in(page, pages, secret.read(up.home))
        page.open(f"{pages}/deployments/deployment/{up.deployment('daily')['id']}/run", "session", "notify")
        page.click("date")
        picture(page, "run-form")
        page.open(f"{pages}/runs", "demo 2010-05-06", "mistyped latest", "Partial", "Failed")
        picture(page, "runs")
        page.open(f"{pages}/runs/flow-run/{run}", "Partial", "Artifacts")
        page.click("Artifacts")
        page.wait_for(digest["key"])
        picture(page, "finished-run")
        page.click("Logs")
        page.wait_for("checked: ", "decided: ")
        picture(page, "log")
        page.open(f"{pages}/artifacts/artifact/{digest['id']}", "Drift", "Risk checks")
        picture(page, "digest")


def picture(page, name):
    time.sleep(SETTLE)
    page.capture(IMAGES / f"prefect-{name}.png")


if __name__ == "__main__":
    IMAGES.mkdir(parents=True, exist_ok=True)
    main()
