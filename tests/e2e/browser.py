"""A real Chromium, steered over its DevTools protocol: open a page, wait, look, take its picture."""

import base64
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
PATIENCE = 60.0


@dataclass
class Page:
    """One tab. `requested` collects the address of everything that it loaded."""

    socket: ClientConnection
    requested: list[str] = field(default_factory=list)
    _number: int = 0

    def open(self, url: str, *shown: str) -> None:
        """Load a page and wait until it shows every text of `shown`: the pages draw themselves by and by."""
        self.call("Page.navigate", url=url)
        self.wait_for(*shown)

    def wait_for(self, *shown: str) -> None:
        """Wait until the page shows every text of `shown`."""
        self._until(lambda: all(text in self.text() for text in shown), f"shows {shown}")

    def type(self, text: str) -> None:
        """Type into the first field of a password, once there is one."""
        focus = "document.querySelector('input[type=password]').focus(), true"
        self._until(lambda: self.evaluate(focus), "asks for a password")
        self.call("Input.insertText", text=text)

    def click(self, text: str, within: str = "") -> None:
        """Click the first element whose own text is `text`, once there is one; `within` an XPath."""
        path = f"{within}//*[text()[normalize-space(.)='{text}']]"
        click = f"document.evaluate(`{path}`, document, null, 9).singleNodeValue.click(), true"
        self._until(lambda: self.evaluate(click), f"says {text}")

    def _until(self, condition: Callable[[], Any], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"the page never {what}; it shows:\n{self.text()}"
            time.sleep(0.2)

    def text(self) -> str:
        """What a reader sees."""
        return str(self.evaluate("document.body.innerText"))

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression; None when it throws."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return answer["result"].get("value")

    def capture(self, file: Path) -> None:
        """Save what the window shows as PNG."""
        file.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one DevTools command and wait for its answer; events on the way are noted."""
        self._number += 1
        self.socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv(timeout=PATIENCE))
            if message.get("method") == "Network.requestWillBeSent":
                self.requested.append(message["params"]["request"]["url"])
            if message.get("id") == self._number:
                assert "error" not in message, message["error"]
                return message["result"]


@contextmanager
def browser(width: int = 1280, height: int = 1000) -> Iterator[Page]:
    """A fresh Chromium with one empty tab of the given size; gone afterwards."""
    assert CHROMIUM, "no Chromium on this machine"
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        size = f"--window-size={width},{height}"
        where = ("--remote-debugging-port=0", f"--user-data-dir={profile}", size, "about:blank")
        process = subprocess.Popen([CHROMIUM, *QUIET, *where], stderr=subprocess.DEVNULL)
        try:
            with connect(_first_tab(Path(profile)), max_size=None, proxy=None) as socket:
                page = Page(socket)
                page.call("Network.enable")
                page.call("Page.enable")
                yield page
                page.call("Browser.close")
        finally:
            process.terminate()
            process.wait()


def _first_tab(profile: Path) -> str:
    """The DevTools address of the first tab, once Chromium has written where it listens."""
    port_file = profile / "DevToolsActivePort"
    deadline = time.monotonic() + PATIENCE
    while True:
        assert time.monotonic() < deadline, "Chromium did not start"
        time.sleep(0.1)
        if not port_file.exists() or not port_file.read_text():
            continue
        port = port_file.read_text().splitlines()[0]
        tabs = httpx.get(f"http://127.0.0.1:{port}/json/list", timeout=PATIENCE, trust_env=False).json()
        for tab in tabs:
            if tab["type"] == "page":
                return str(tab["webSocketDebuggerUrl"])
