"""Messages as Slack shows them: `python -m tests.e2e.message_pictures FOLDER`, by a real Chromium.

Draws each message of EXAMPLES on a phone and on a desktop and prints how many screens of a phone it takes.
Those of docs/manager.md lie in docs/img.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tasks.notifiers.slack import render
from tasks.report.formats.buttons import WATCHED, Subject
from tasks.report.messages.fell import Fell, Position, of_falls
from tasks.report.messages.message import Message, of_report
from tasks.report.model import Report
from tests.e2e.browser import Page, browser
from tests.standins.slack_page import DESKTOP, PHONE, page
from tests.tasks.notifiers import days
from warehouse.tables.alerts import AlertState

EXAMPLES: dict[str, Callable[[], Report]] = {
    "none": days.nothing_to_do,
    "three": lambda: days.trading(3),
    "twelve": lambda: days.trading(12),
    "hundred": lambda: days.trading(100),
    "held": days.held,
    "failed": days.failed,
    "crash": days.crash,
}

FALL = Fell(
    "core",
    date(2019, 12, 17),
    "America/New_York",
    "flash_crash",
    [
        AlertState(
            "3fa92b1c" * 8, "flash_crash", "TLT", date(2019, 12, 17), "2019-12-17T15:42:00Z", "critical",
            "firing", True,
            "from 137.95 to 129.37; -6.1% since the last close; volume 4.6 times the last hour's",
            -0.042, 0.062, None, [], datetime(2019, 12, 17, 15, 42, tzinfo=UTC),
        ),
        AlertState(
            "b21c77d0" * 8, "flash_crash", "GLD", date(2019, 12, 17), "2019-12-17T15:44:00Z", "warning",
            "firing", False, "from 138.94 to 134.80; -2.9% since the last close",
            -0.030, 0.030, None, ["a single bar shows it, which its neighbours do not confirm"],
            datetime(2019, 12, 17, 15, 44, tzinfo=UTC),
        ),
    ],
    {"3fa92b1c" * 8: {"lee_mykland": -153.9, "drift_burst": -118.0, "limit_band": -1.24, "volume": 4.55}},
    frozenset({"3fa92b1c" * 8, "b21c77d0" * 8}),
    [Position("TLT", 120, 129.53, 137.81, "USD"), Position("GLD", 80, 134.95, 138.88, "USD")],
    {"TLT": "held, because TLT fell 6.2% on 2019-12-17. It is released when half of the fall is recovered, "
            "or by `ballast alerts release 3fa92b1c3fa9`"},
)  # fmt: skip
"""What the crash watch tells of two symbols, one of them in doubt."""


def payload_of(name: str) -> dict[str, Any]:
    """What is sent of an example."""
    if name == "fall":
        return render(
            replace(of_falls(FALL), decide=Subject(WATCHED, "0" * 64)),
            channel="#portfolio-core", key="0" * 64, mention="<!here>",
        )  # fmt: skip
    report = EXAMPLES[name]()
    message: Message = of_report(report, "alert" if name == "crash" else "digest")
    return render(message, channel="#portfolio-core", key="0" * 64, mention="<!here>")


def draw(tab: Page, payload: dict[str, Any], width: int, file: Path) -> float:
    """Take a message's picture, whole; how many screens of this width it takes."""
    with TemporaryDirectory() as folder:
        html = Path(folder) / "message.html"
        html.write_text(page(payload), encoding="utf-8")
        _resize(tab, width, PHONE[1])
        tab.open(html.as_uri(), "Ballast")
        height = int(tab.evaluate("document.documentElement.scrollHeight"))
        _resize(tab, width, height)
        tab.capture(file)
    return height / PHONE[1]


def _resize(tab: Page, width: int, height: int) -> None:
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    tab.call("Emulation.setDeviceMetricsOverride", **size)


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with browser(DESKTOP, 900) as tab:
        for name in (*EXAMPLES, "fall"):
            payload = payload_of(name)
            screens = draw(tab, payload, PHONE[0], folder / f"message-{name}-phone.png")
            draw(tab, payload, DESKTOP, folder / f"message-{name}-desktop.png")
            print(f"{name}: {screens:.1f} screens of a phone, {len(payload['blocks'])} blocks")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
