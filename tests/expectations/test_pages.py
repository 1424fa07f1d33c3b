"""The Data Docs: what they tell, that they load nothing, and that two processes may write them at once."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from expectations import Outcome, pages, validate
from quant.errors import BallastError
from tests.conftest import ROOT
from tests.e2e.browser import CHROMIUM, browser
from tests.expectations.conftest import Staging

HELD = (
    Outcome("bars", "not_empty", "Has rows", 0, 1, ("no bar was delivered",)),
    Outcome("coverage", "x", "y", 1, 0),
)


class Resources(HTMLParser):
    """Collects everything that a browser would fetch by itself, and every link."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.feed(text)
        self.loaded += re.findall(r"(?:url\(|@import)[^;)]*", text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if tag == "a" and name == "href":
                self.links.append(value or "")
            elif name in {"src", "srcset", "href", "data", "action", "poster"} or tag == "script":
                self.loaded.append(value or "")


@pytest.fixture
def docs(staging: Staging, tmp_path: Path) -> Path:
    """The page of a batch with a row that is rejected and a symbol that is missing."""
    staging.add("bars", symbol="<b>AGG</b>", close=130.0, high=130.0)
    staging.add("coverage", symbol="GLD", last_session=None, rows=0)
    return validate(staging.connection, tmp_path, "run-1").docs


def test_a_page_says_in_words_what_was_checked_and_shows_the_failing_rows(docs):
    text = docs.read_text()
    assert docs.name == "run-1.html"
    for words in (
        "Data of 2024-01-05",
        "1 row rejected and kept in quarantine. 1 symbol without a bar of the session. The rest went on.",
        "The close is within 25% of its reference, or within 8 daily standard deviations",
        "A split is between 1 for 10000 and 10000 for 1",
        "<code>move_bound</code>",
        ">0.3<",
    ):
        assert words in text


def test_what_a_vendor_sends_is_shown_and_never_run(docs):
    assert "&lt;b&gt;AGG&lt;/b&gt;" in docs.read_text()
    assert "<b>AGG</b>" not in docs.read_text()


def test_the_sample_is_short_and_says_of_how_many(staging, tmp_path):
    for number in range(25):
        staging.add("bars", symbol=f"BAD{number}", volume=-1.0)
    text = validate(staging.connection, tmp_path, "b").docs.read_text()
    assert "10 of 25 rows" in text
    assert text.count("BAD") == 10


def test_the_index_leads_to_the_page(docs, tmp_path):
    links = Resources((tmp_path / "index.html").read_text()).links
    assert links == ["batches/run-1.html"]
    assert (tmp_path / links[0]).samefile(docs)
    assert (docs.parent / Resources(docs.read_text()).links[0]).samefile(tmp_path / "index.html")


def test_a_page_and_the_index_load_nothing(docs, tmp_path):
    for page in (docs, tmp_path / "index.html"):
        assert Resources(page.read_text()).loaded == ["data:,"]  # says: there is no icon to ask for


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")
def test_chromium_shows_the_pages_and_asks_nobody(docs, tmp_path):
    with browser() as page:
        page.open((tmp_path / "index.html").as_uri(), "newest first", "2024-01-05", "in part")
        page.click("run-1")
        page.wait_for("Usable in part.", "The high is at or above open, low and close")
        background = page.evaluate("getComputedStyle(document.querySelector('.verdict')).backgroundColor")
        assert background != "rgba(0, 0, 0, 0)"  # its style arrived
        assert {address.partition(":")[0] for address in page.requested} <= {"file", "data"}


def test_pages_that_cannot_be_written_are_one_sentence(empty, tmp_path):
    (tmp_path / "batches").write_text("in the way")
    with pytest.raises(BallastError, match=r"the pages in \S+ cannot be written \(File exists\): free some"):
        pages.publish(empty.connection, tmp_path, "run", None, HELD)


def test_the_index_lists_the_newest_batches_and_counts_the_older_ones(empty, tmp_path):
    batches = [f"run-{number:03}" for number in range(pages.LISTED + 3)]
    for batch in batches:
        page = pages.publish(empty.connection, tmp_path, batch, "no bar was delivered", HELD)
        os.utime(page.with_suffix(".json"), (1e9 + int(batch[4:]),) * 2)
    pages.publish(empty.connection, tmp_path, "run-last", None, HELD)
    text = (tmp_path / "index.html").read_text()
    listed = [link.removeprefix("batches/") for link in Resources(text).links]
    assert listed[:-1] == ["run-last.html"] + [f"{batch}.html" for batch in reversed(batches[4:])]
    assert "4 older in the folder" in text
    assert (tmp_path / "batches" / "run-000.html").is_file()


PUBLISH = """
import sys
from pathlib import Path
import duckdb
from expectations import pages
from tests.expectations.conftest import TABLES
from tests.expectations.test_pages import HELD
connection = duckdb.connect()
connection.execute(TABLES)
for number in range(10):
    pages.publish(connection, Path(sys.argv[1]), f"{sys.argv[2]}-{number}", None, HELD)
"""


def test_processes_at_once_all_appear_on_the_index(tmp_path):
    command = [sys.executable, "-c", PUBLISH, str(tmp_path)]
    writers = [subprocess.Popen([*command, name], cwd=ROOT) for name in ("a", "b", "c")]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    links = Resources((tmp_path / "index.html").read_text()).links
    assert sorted(links) == sorted(f"batches/{name}-{number}.html" for name in "abc" for number in range(10))
    assert [file.name for file in tmp_path.rglob(".*")] == [".index.lock"]
