"""The pages in a real Chromium: accessible, reached by keyboard, and no wider than a phone."""

import shutil
import subprocess
from urllib.parse import urlencode

import pytest

from tests.e2e.browser import CHROMIUM
from tests.e2e.pages import SIZES, WHATIF, examples, logged_in, look, served

AXE = "axe-core@4.10.3"
FOUND = """axe.run(document, {resultTypes: ["violations"]}).then(found => found.violations
    .filter(one => ["serious", "critical"].includes(one.impact))
    .map(one => one.id + ": " + one.nodes.map(node => node.target + " " + node.failureSummary).join("; ")))"""
REACHABLE = """[...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
    .filter(one => one.checkVisibility()).length"""
NEW = """(() => { const one = document.activeElement, known = one === document.body || seen.has(one);
    seen.add(one); return !known })()"""
REFUSED = "whatif?" + urlencode({"portfolio": "trio", "ask": "1", "deposit": "x"})
PLACES = {"home": "", "whatif": WHATIF, "refused": REFUSED}

pytestmark = [pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"), pytest.mark.long]


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    """The source of axe-core, from npm."""
    if not shutil.which("npm"):
        pytest.skip("no Node on this machine: nothing here knows axe-core")
    folder = tmp_path_factory.mktemp("axe")
    (folder / "package.json").write_text("{}")
    done = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", AXE],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip("npm could not fetch axe-core: no registry")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch, served(tmp_path_factory.mktemp("site")) as found:
        patch.setenv("BALLAST_HOME", str(found.home))
        yield found


@pytest.fixture(scope="module")
def tab(site):
    with logged_in() as found:
        yield found


def opened(tab, site, name, size="desktop", *, dark=False):
    look(tab, *SIZES[size], dark=dark)
    run = site.run if name == "day" else name
    tab.open(site.address + PLACES.get(name, f"runs/{run}.html"), "What if")


def judged(tab, axe):
    tab.evaluate(axe)
    return tab.evaluate(FOUND)


def test_the_page_of_a_day_is_accessible_and_fits_a_phone(tab, site, axe):
    opened(tab, site, "day", "phone", dark=True)
    assert judged(tab, axe) == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= SIZES["phone"][0]
    assert tab.evaluate("document.querySelectorAll('figure svg').length") >= 1
    tab.evaluate("document.querySelector('h1').outerHTML = '<h1 style=color:#111>x</h1><img src=x.png>'")
    assert judged(tab, axe) != []  # it does find what is wrong


def test_the_form_is_answered_and_every_link_and_field_is_reached_by_keyboard(tab, site):
    opened(tab, site, "day", "phone")
    reached = tabbed(tab)
    assert reached == tab.evaluate(REACHABLE) > 5
    tab.evaluate("document.querySelector('#ask-deposit').focus()")
    tab.call("Input.insertText", text="9000")
    press(tab, "Enter", 13, "\r")
    tab.wait_for("Deposit of 9,000.00 USD. Nothing is stored.")
    assert tab.evaluate("document.querySelector('#ask-deposit').value") == "9000"
    assert not [url for url in tab.requested if not url.startswith(site.address)]


def tabbed(tab):
    """How many different places the Tab key comes to, until it comes to one again."""
    tab.evaluate("window.seen = new Set(); document.body.tabIndex = -1; document.body.focus(); 0")
    for count in range(1000):
        press(tab, "Tab", 9)
        if not tab.evaluate(NEW):
            return count
    raise AssertionError("the Tab key never comes back")


def press(tab, key, code, text=""):
    for kind in ("keyDown", "keyUp"):
        tab.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code,
                 **({"text": text} if text and kind == "keyDown" else {}))  # fmt: skip


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", [*PLACES, "day", *examples()])
def test_every_page_is_accessible_in_light_and_dark_and_fits_a_phone(tab, site, axe, name, dark):
    for size in SIZES:
        opened(tab, site, name, size, dark=dark)
        assert judged(tab, axe) == []
        assert tab.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    assert tabbed(tab) == tab.evaluate(REACHABLE)
