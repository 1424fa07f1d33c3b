"""Messages as Slack shows them: `python -m tests.e2e.message_pictures FOLDER`, by a real Chromium.

Draws each message of EXAMPLES on a phone and on a desktop and prints how many screens of a phone it takes.
Those of docs/manager.md lie in docs/img.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tasks.notifiers.slack import render
from tasks.report.message import Message, of_report
from tasks.report.model import Report
from tests.e2e.browser import Page, browser
from tests.standins.slack_page import DESKTOP, PHONE, page
from tests.tasks.notifiers import days

EXAMPLES: dict[str, Callable[[], Report]] = {
    "none": days.nothing_to_do,
    "three": lambda: days.trading(3),
    "twelve": lambda: days.trading(12),
    "hundred": lambda: days.trading(100),
    "held": days.held,
    "failed": days.failed,
    "crash": days.crash,
}


def payload_of(name: str) -> dict[str, Any]:
    """What is sent of an example."""
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
        for name in EXAMPLES:
            payload = payload_of(name)
            screens = draw(tab, payload, PHONE[0], folder / f"message-{name}-phone.png")
            draw(tab, payload, DESKTOP, folder / f"message-{name}-desktop.png")
            print(f"{name}: {screens:.1f} screens of a phone, {len(payload['blocks'])} blocks")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
