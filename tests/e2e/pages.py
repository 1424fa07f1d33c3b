"""Pages of example days, served as `ballast up` serves them but without Prefect, for a real Chromium.

`python -m tests.e2e.pages FOLDER` takes a picture of each (phone and desktop, light and dark, on paper),
and those of docs/img.
"""

import os
import sys
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import uvicorn
from fastapi.responses import PlainTextResponse

from flows.up.served.guard import Guard
from flows.up.served.pages import Pages
from quant.people import Actor
from tasks.decisions.ruling import Wish
from tasks.outbox import answered
from tasks.outbox.alerting import alerted
from tasks.report.model import DriftOn, Report, ValueRow
from tasks.site.draw import draw
from tasks.site.publish import RunPage, refresh, write_page
from tests.e2e.browser import Page, browser
from tests.e2e.up import free_port
from tests.tasks.desk import EVENING, SESSION, Desk, crash, market
from tests.tasks.notifiers import days
from warehouse import alerts

SECRET = "ballast:" + "x" * 43
SESSIONS = [date(2026, 9, day) for day in (*range(14, 19), *range(21, 26), 28)]
WHATIF = "whatif?" + urlencode({"portfolio": "trio", "ask": "1", "deposit": "9000"})
WHY = "the fund is closed today"
SIZES = {"phone": (375, 812), "desktop": (1280, 900)}


def examples() -> dict[str, Report]:
    """Days with all that a page may show, by a name for each."""
    found = {
        "three": days.trading(3), "twelve": days.trading(12), "hundred": days.trading(100),
        "held": days.held(), "failed": days.failed(), "crash": days.crash(), "nothing": days.nothing_to_do(),
    }  # fmt: skip
    return {
        name: one.model_copy(update={"run_id": name, "history": _values()}) for name, one in found.items()
    }


def _values() -> list[ValueRow]:
    """Eleven sessions in which the portfolio goes up and the benchmark with it."""
    return [
        ValueRow(str(day), 1e6 * (1 + 0.002 * at + 0.004 * (at % 3)), 0.003 * (1 - at % 3))
        for at, day in enumerate(SESSIONS)
    ]


def _drifts(report: Report) -> list[DriftOn]:
    """The way of the furthest instruments to where they are."""
    last = [one for one in report.drift if one.level == "instrument" and one.drift and one.band][:5]
    return [
        DriftOn(
            day, one.key, (one.drift or 0) * (at + 1 + (at + place) % 3) / (len(SESSIONS) + 2), one.band or 1
        )
        for at, day in enumerate(SESSIONS)
        for place, one in enumerate(last)
    ]


@dataclass(frozen=True)
class Served:
    """Where pages are served: `address` ends in "/site/"; `run` is that of a real day with decisions."""

    address: str
    home: Path
    run: str


def _fall(desk: Desk) -> None:
    """Another portfolio has an alert that fires, one that Ada looks after and one that is over."""
    fell = crash(crash(crash(market(), "CCC", SESSION, 0.1), "BBB", SESSION, 0.12), "AAA", SESSION, 0.09)
    desk.day(fell, desk.portfolio(name="fallen"), notifying=True)
    context, symbols = desk.at(EVENING + timedelta(minutes=4)).context(), {"AAA", "BBB", "CCC"}
    with desk.visit() as db:
        known = {one.symbol: one for one in alerts.listed(db, EVENING) if one.symbol in symbols}
        unsure = {
            "confirmed": False,
            "vetoes": ["a single bar shows it, which its neighbours do not confirm"],
        }
        over = {"state": "resolved", "resolved_at": context.now(), "recovered": 0.52}
        alerts.store(db, [replace(known["CCC"], **unsure), replace(known["AAA"], **over)])
    alerted.acknowledge(context, known["BBB"].fingerprint, Actor.typed("Ada"))


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """A HOME with a real day, whose orders were decided on, and the examples; served until the end."""
    desk = Desk(folder)
    done = desk.day(market())
    context = desk.context()
    answered.decide(context, done.run_id, Wish("approved", Actor.typed("Ada"), ["AAA"]))
    answered.decide(
        context, done.run_id, Wish("rejected", Actor.typed("Ada"), ["BBB"], "the fund is closed today")
    )
    _fall(desk)
    refresh(context)
    draw(context, done.run_id)
    for name, report in examples().items():
        write_page(desk.home, RunPage(report, _drifts(report)))
        draw(context, name)
    port = free_port()
    guarded = Guard(Pages(PlainTextResponse("Prefect"), desk.home, SECRET))
    server = uvicorn.Server(uvicorn.Config(guarded, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.05)
        yield Served(f"http://127.0.0.1:{port}/site/", desk.home, done.run_id)
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def logged_in(width: int = 1280, height: int = 900) -> Iterator[Page]:
    """A browser that knows the secret."""
    with browser(width, height) as tab:
        known = f"Basic {b64encode(SECRET.encode()).decode()}"
        tab.call("Network.setExtraHTTPHeaders", headers={"Authorization": known})
        yield tab


def look(tab: Page, width: int, height: int, *, dark: bool) -> None:
    """Be a screen of a size, in light or dark."""
    tab.call(
        "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
    )
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    tab.call("Emulation.setEmulatedMedia", features=[scheme])


def whole(tab: Page, width: int, file: Path, *, dark: bool) -> None:
    """Take the picture of all of a page."""
    look(tab, width, 800, dark=dark)
    look(tab, width, int(tab.evaluate("document.documentElement.scrollHeight")), dark=dark)
    tab.capture(file)


def part(tab: Page, width: int, height: int, file: Path, *, dark: bool = False, below: str = "") -> None:
    """Take the picture of the first `height` pixels of a page from the top, or the element `below`, on."""
    look(tab, width, 900, dark=dark)
    look(tab, width, int(tab.evaluate("document.documentElement.scrollHeight")), dark=dark)
    place = f"document.querySelector('#{below}').getBoundingClientRect().top + scrollY - 20"
    top = tab.evaluate(place) if below else 0
    clip = {"x": 0, "y": top, "width": width, "height": height, "scale": 1}
    file.write_bytes(b64decode(tab.call("Page.captureScreenshot", format="png", clip=clip)["data"]))


def for_docs(tab: Page, site: Served, folder: Path) -> None:
    """The pictures of docs/img."""
    tab.open(site.address, "What if")
    part(tab, 1000, 500, folder / "page-alerts.png")
    tab.open(f"{site.address}runs/twelve.html", "What if")
    part(tab, 1000, 1260, folder / "page-run.png")
    part(tab, 1000, 850, folder / "page-pictures.png", below="part-pictures")
    part(tab, 375, 1150, folder / "page-phone.png", dark=True, below="part-pictures")
    tab.open(f"{site.address}runs/{site.run}.html", "What if")
    part(tab, 1000, 690, folder / "page-orders.png")
    tab.open(site.address + WHATIF, "Nothing is stored")
    part(tab, 1000, 1500, folder / "page-whatif.png")


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as scratch, served(Path(scratch)) as site, logged_in() as tab:
        os.environ["BALLAST_HOME"] = str(site.home)
        for_docs(tab, site, folder)
        places = {"home": "", "day": f"runs/{site.run}.html", "whatif": WHATIF}
        places |= {name: f"runs/{name}.html" for name in examples()}
        for name, place in places.items():
            look(tab, 1280, 900, dark=False)
            tab.open(site.address + place, "What if")
            for size, (width, _) in SIZES.items():
                for dark in (False, True):
                    whole(tab, width, folder / f"{name}-{size}{'-dark' if dark else ''}.png", dark=dark)
            paper = tab.call("Page.printToPDF", printBackground=False, preferCSSPageSize=True)
            (folder / f"{name}.pdf").write_bytes(b64decode(paper["data"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
