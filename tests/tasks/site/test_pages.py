"""The pages of a HOME: written after each run and decision, and nothing in them is obeyed."""

import json
import re
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from typer.testing import CliRunner

from flows.commands.cli import app
from quant.people import Actor
from tasks.context.words import amount
from tasks.decisions.ruling import Wish
from tasks.outbox import answered
from tasks.report.assemble import assemble
from tasks.report.digest import digest
from tasks.report.formats import html
from tasks.site import home_page
from tasks.site.draw import draw, undrawn
from tasks.site.home_page import Latest
from tasks.site.page import page
from tasks.site.place import folder, page_of, undrawn_of
from tasks.site.publish import Pages, refresh
from tests.tasks.desk import SESSION, market, sessions
from tests.tasks.importing import take
from tests.tasks.listening import ADA, PEOPLE
from tests.tasks.notifiers.reports import alert, drift, report, trade

NOW = datetime(2024, 6, 28, 23, tzinfo=UTC)
NEXT = datetime(2024, 7, 1, 23, tzinfo=UTC)
ODD = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;"


class Reader(HTMLParser):
    """The tags, attributes and texts of a page, and whether every tag is closed in its place."""

    VOID = frozenset({"meta", "br", "link", "rect", "path", "input"})

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.said = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.said.append(data)


def test_nothing_in_a_page_is_obeyed_and_nothing_is_loaded():
    rows = [trade(ODD, reason=ODD, held_because=ODD, status="held")]
    hostile = report(portfolio=ODD, error=ODD, trades=rows, drift=[drift(ODD)], alerts=[alert(ODD)], url=ODD)
    document = digest(hostile)
    found = Reader(page(str(document.verdict), html.render(document), [("../index.html", "All portfolios")]))
    assert {"script", "img", "iframe", "link", "form"} & {*found.tags} == set()
    assert {name for name, _ in found.attributes if name.startswith("on") or name == "style"} == set()
    assert {value for name, value in found.attributes if name in {"src", "href"}} == {
        "#main",
        "../index.html",
    }
    assert "<script>alert(1)</script>" in "".join(found.said)  # shown, as text


def test_the_policy_of_a_page_allows_its_own_style_and_nothing_else():
    text = page("Title", "<h1>Title</h1>")
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    (said,) = [value for _, value in Reader(text).attributes if str(value).startswith("default-src")]
    assert f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in said
    assert said.startswith("default-src 'none'; ")
    assert "script" not in said


def test_every_part_has_a_heading_and_every_table_its_headings():
    found = html.render(digest(report(trades=[trade()], drift=[drift("SPY"), drift("AGG")])))
    names = re.findall(r'aria-labelledby="([^"]+)"', found)
    assert names
    assert {*names} == {*re.findall(r'<h2 id="([^"]+)"', found)}
    assert found.count("<table>") == found.count("<thead>") == found.count('tabindex="0"')
    assert re.search(r'<th scope="row">(<span[^>]*>[^<]*</span>)?SPY</th>', found)


def test_a_run_has_a_page_which_its_decisions_change(desk):
    done = desk.day(market())
    home, context = desk.home, desk.context()
    text = page_of(home, done.run_id).read_text()
    assert "1 sell" in text
    assert f'href="runs/{done.run_id}.html"' in (folder(home) / "index.html").read_text()
    assert refresh(context) == []  # nothing is new
    answered.decide(context, done.run_id, Wish("approved", Actor.typed("Ada"), ["AAA"]))
    assert refresh(context) == [page_of(home, done.run_id)]
    said = page_of(home, done.run_id).read_text()
    assert "SELL AAA approved" in said
    assert "What became of the orders" in said
    assert "approved by Ada at 2024-06-28 18:30 EDT" in said
    assert "What became of the orders" not in text


def test_a_page_tells_fills_with_their_price_and_why_an_order_was_rejected(desk):
    done = desk.day(market())
    context = desk.context()
    answered.decide(context, done.run_id, Wish("rejected", Actor.typed(ODD[:80]), ["BBB"], ODD))
    answered.decide(context, done.run_id, Wish("approved", Actor.typed("Ada"), ["AAA"]))
    sold = ("RUN,AAA,SELL,100,99.60,1,2024-06-28,f1", "RUN,AAA,SELL,50,99.90,0.5,2024-06-28,f2")
    take((desk, done.run_id), *sold)
    refresh(context)
    page = page_of(desk.home, done.run_id).read_text()
    words = " ".join(" ".join(Reader(page).said).split())
    assert "SELL 205 AAA executed 150 of 205 99.70 1.50" in words
    assert "<script>" not in page
    assert f"rejected by {ODD[:80]} at 2024-06-28 18:30 EDT: {ODD}" in words


def test_a_page_says_how_the_portfolio_has_done(desk):
    """Two recorded sessions: returns, attribution, and how far it lies below its highest value."""
    desk.day(market())
    desk.decision(desk.portfolio(), sessions(2)[0])
    done = desk.day(market())
    refresh(desk.context())
    page = page_of(desk.home, done.run_id).read_text()
    words = " ".join(" ".join(Reader(page).said).split())
    assert f"Time-weighted {done.performance.since:+.2%}" in words
    assert "Against the strategic weights, by class" in words
    assert "Below the highest value so far" in words
    assert draw(desk.context(), done.run_id)
    assert page_of(desk.home, done.run_id).read_text().count("<svg") > 2


def test_a_page_does_not_go_back_to_an_older_state(desk):
    done = desk.day(market())
    context, early = desk.context(), Pages(desk.context())
    answered.decide(context, done.run_id, Wish("approved", Actor.typed("Ada"), ["AAA"]))
    context.warehouse.read(early.read)
    answered.decide(context, done.run_id, Wish("rejected", Actor.typed("Ada"), ["AAA"], "no"))
    refresh(context)
    early.write()
    assert "SELL AAA rejected" in page_of(desk.home, done.run_id).read_text()


def test_a_run_that_ends_again_shows_the_first_of_two_approvals(desk):
    """A run that was interrupted when it had told, and was approved by one of two before it began again."""
    file = desk.portfolio(tables=PEOPLE)
    file.write_text("approvals = 2\n" + file.read_text())
    done, context = desk.day(market(), file), desk.context()
    answered.decide(context, done.run_id, Wish("approved", Actor("slack", ADA, ADA), ["AAA"]))
    pages = Pages(context)
    with desk.visit() as db:
        pages.read(db, assemble(db, done.run_id, context.now()))
    pages.write()
    assert "approved by Ada at 2024-06-28" in page_of(desk.home, done.run_id).read_text()


def test_a_run_replaced_by_a_newer_one_says_so(desk):
    first, second = desk.day(market()), desk.day(market(closes={"AAA": 100.0, "BBB": 50.0, "CCC": 19.0}))
    assert second.run_id in page_of(desk.home, first.run_id).read_text()
    assert f"replaced by {second.run_id}" in (folder(desk.home) / "index.html").read_text()


def test_pages_that_cannot_be_written_change_nothing_of_the_day(desk):
    desk.home.mkdir(exist_ok=True)
    (desk.home / "site").write_text("in the way")
    assert desk.day(market()).status == "recommended"


@pytest.mark.parametrize(
    ("status", "said"), [("held", "HELD"), ("no_action", "nothing to do"), ("partial", "partly HELD")]
)
def test_the_home_page_has_a_portfolio_with_its_decision(status, said):
    one = Latest("20240628-core-1", ODD, SESSION, status, 1234567.8, NOW, 3, 1, "USD")
    found = Reader(home_page.render([one, replace(one, value=None)], [], [], NOW))
    words = " ".join("".join(found.said).split())
    assert said in words
    assert "3 (1 held)" in words
    assert amount(1234567.8, "USD") in words
    assert "not known" in words
    assert "script" not in found.tags


def test_a_day_draws_nothing_and_its_page_is_drawn_when_it_is_wanted(desk):
    done = desk.day(market())
    file, context = page_of(desk.home, done.run_id), desk.context()
    told = file.read_text()
    assert "Drift of 3 instruments against their bands: 3 of 3 outside their bands." in told
    assert (
        "No picture of value and benchmark, or of drift and bands over time: that needs runs of at least two"
        in told
    )
    assert undrawn(desk.home) == [done.run_id]
    said = CliRunner().invoke(app, ["pages", "--home", str(desk.home), "--json"])
    index = str(folder(desk.home) / "index.html")
    assert json.loads(said.stdout) == {"schema": 1, "index": index, "drawn": [done.run_id]}
    drawn = file.read_text()
    assert [told.count("<svg aria-hidden"), drawn.count("<svg aria-hidden")] == [0, 1]
    Reader(drawn)
    assert undrawn(desk.home) == []
    assert not draw(context, done.run_id)
    answered.decide(context, done.run_id, Wish("approved", Actor.typed("Ada"), ["AAA"]))
    refresh(context)
    assert undrawn(desk.home) == [done.run_id]  # another page, to be drawn again


def test_a_second_session_has_drift_and_value_over_time(desk):
    first = desk.day(market())
    later = desk.at(NEXT).day(market(last=NEXT.date()), session=NEXT.date())
    assert "Drift as a part of the band on 2 sessions from 2024-06-28 to 2024-07-01" in (
        page_of(desk.home, later.run_id).read_text()
    )
    assert "over time: that needs" in page_of(desk.home, first.run_id).read_text()


def test_the_charts_of_a_page_that_somebody_removed_go_too(desk):
    done = desk.day(market())
    page_of(desk.home, done.run_id).unlink()
    assert not draw(desk.context(), done.run_id)
    assert undrawn(desk.home) == []


def test_charts_that_cannot_be_read_leave_the_words(desk):
    done = desk.day(market())
    undrawn_of(desk.home, done.run_id).write_text("{")
    before = page_of(desk.home, done.run_id).read_text()
    assert draw(desk.context(), done.run_id)
    assert page_of(desk.home, done.run_id).read_text() == before
    assert undrawn(desk.home) == []
