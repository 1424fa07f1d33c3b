"""The what-if form: answered on a page, by the call that the command makes, and never by a traceback."""

import re
from base64 import b64encode
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi.responses import PlainTextResponse
from fastapi.testclient import TestClient

from flows.up.served.asked import NOT_NOW, answered
from flows.up.served.guard import Guard
from flows.up.served.pages import Pages
from tasks.site.page import POLICY
from tests.tasks.desk import Desk, market

OURS = "127.0.0.1:4200"
SECRET = "ballast:" + "x" * 43
KNOWN = {"host": OURS, "authorization": f"Basic {b64encode(SECRET.encode()).decode()}"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    found = Desk(tmp_path_factory.mktemp("asked"))
    found.day(market())
    return found


def asked(desk, **given):
    return answered(desk.context(), {"portfolio": "trio", "ask": "1", **given})


def refusal(page):
    return re.search(r'role="alert">([^<]*)</p>', page)[1]


def test_the_answer_is_that_of_the_command_and_the_form_keeps_what_was_asked(desk):
    before = {file: file.read_bytes() for file in desk.home.rglob("*.duckdb*") if file.is_file()}
    code, page = asked(desk, deposit="9000")
    assert code == 0
    assert "Deposit of 9,000.00 USD. Nothing is stored." in page
    assert re.search(r"<h1[^>]*>2 buys, ", page)
    assert 'name="deposit"' in page
    assert 'value="9000"' in page
    assert POLICY in page
    assert {file: file.read_bytes() for file in before} == before


def test_without_the_button_the_form_is_shown_and_nothing_is_computed(desk):
    code, page = answered(desk.context(), {"portfolio": "trio", "deposit": "9000"})
    assert (code, "<h1>What if</h1>" in page, "buys" in page) == (0, True, False)
    assert '<option value="trio" selected>' in page


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"deposit": "10,000"}, "Deposit: &#x27;10,000&#x27; is not an amount; write it as 10000"),
        ({"deposit": "-5"}, "Deposit -5 must be an amount above 0"),
        ({"deposit": "nan"}, "Deposit: &#x27;nan&#x27; is not an amount"),
        ({"deposit": "1", "withdraw": "1"}, "Deposit and Withdrawal contradict each other"),
        ({"withdraw": "200000"}, "is not less than the portfolio&#x27;s value"),
        ({"deposit": "9" * 30}, "Deposit 1e+30 must be an amount above 0 and of at most 1e+15"),
        ({"holding": "AAA=1e308"}, "a number of at least 0 and at most 1e+15"),
        ({"target": "AAA"}, "Other target weights &#x27;AAA&#x27; is not complete"),
        ({"target": "AAA=7"}, "must be a share from 0 to 1"),
        ({"holding": "ZZZ=5"}, "ZZZ: no price of it is stored"),
        ({"set": "<script>=1"}, "&#x27;&lt;script&gt;&#x27; is no SECTION.KEY of one table"),
        ({"session": "yesterday"}, "Session: &#x27;yesterday&#x27; is not a day"),
        ({"portfolio": "../../etc/passwd"}, "is no portfolio of this HOME: core, trio."),
        ({"portfolio": "<b>"}, "&#x27;&lt;b&gt;&#x27; is no portfolio"),
        ({"target": "A=1\n" * 2000}, "Other target weights has more than 4000 letters"),
    ],
)
def test_bad_input_gets_a_sentence_on_the_page(desk, given, said):
    code, page = asked(desk, **given)
    assert (code, said in refusal(page)) == (2, True), refusal(page)
    assert "--" not in refusal(page)
    assert "<script>" not in page


def served(home, secret=SECRET):
    return TestClient(Guard(Pages(PlainTextResponse("Prefect"), home, secret)), base_url=f"http://{OURS}")


def test_the_server_answers_by_a_process_of_its_own(desk, monkeypatch):
    monkeypatch.setenv("BALLAST_HOME", str(desk.home))
    query = urlencode({"portfolio": "trio", "ask": "1", "session": "2024-06-28", "withdraw": "1000"})
    answer = served(desk.home).get(f"/site/whatif?{query}", headers=KNOWN)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "Withdrawal of 1,000.00 USD" in answer.text


def test_who_does_not_know_the_secret_gets_no_answer(desk):
    assert served(desk.home).get("/site/whatif", headers={"host": OURS}).status_code == 401
    assert served(desk.home).post("/site/whatif", headers=KNOWN).status_code == 405


def test_a_page_of_another_origin_gets_the_form_alone(desk, monkeypatch):
    monkeypatch.setenv("BALLAST_HOME", str(desk.home))
    query = urlencode({"portfolio": "trio", "ask": "1", "deposit": "1000"})
    answer = served(desk.home).get(f"/site/whatif?{query}", headers={**KNOWN, "sec-fetch-site": "cross-site"})
    assert answer.status_code == 200
    assert "1000" not in re.sub(r"such as [0-9]+", "", answer.text)


def test_a_warehouse_that_another_process_holds_for_long_is_said(desk):
    with desk.visit():
        code, page = answered(desk.context(lock_timeout=0.2), {"portfolio": "trio", "ask": "1"})
    assert (code, "is in use by process" in refusal(page)) == (NOT_NOW, True), refusal(page)
    assert refusal(page).endswith("waited 0.2 s. Ask again when it is done.")  # no setting of the server's


def test_a_child_that_cannot_work_is_an_answer_too(tmp_path, monkeypatch):
    monkeypatch.setenv("BALLAST_HOME", str(tmp_path))
    monkeypatch.setenv("BALLAST_LOCK_TIMEOUT", "soon")
    answer = served(tmp_path).get("/site/whatif", headers=KNOWN)
    assert (answer.status_code, "Traceback" in answer.text) == (500, False)


def test_data_docs_are_behind_the_same_secret(tmp_path: Path):
    (tmp_path / "data-docs").mkdir()
    (tmp_path / "data-docs" / "batch.html").write_text("checks")
    assert served(tmp_path).get("/data-docs/batch.html", headers=KNOWN).text == "checks"
    assert served(tmp_path).get("/data-docs/batch.html", headers={"host": OURS}).status_code == 401
    (tmp_path / "secret").write_text("ballast:secret")
    for path in ("/data-docs/../secret", "/data-docs/%2e%2e/secret", "/data-docs/..%2fsecret"):
        assert "ballast:secret" not in served(tmp_path).get(path, headers=KNOWN).text
