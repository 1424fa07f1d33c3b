"""What a failure means, by the answers seen; bodies as they were recorded or publicly quoted."""

import copy
import json

import pytest

from tasks.sources._yahoo import Answer, judge
from tests.standins.yahoo import recorded

CHART = "/v8/finance/chart/AAPL"


@pytest.fixture
def body(shared_data):
    return recorded(shared_data / "yahoo_http/chart-AAPL-2020-08-31-to-2020-11-07.json")


def verdict(body, status=200, path=CHART):
    text = body if isinstance(body, str) else json.dumps(body)
    failure = judge([Answer(path, status, text)], "AAPL")
    return failure and failure.kind


@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [
        ("http404_delisted.json", 404, "delisted"),
        ("http400_no_data_in_range.json", 400, "empty"),
        ("http422_no_data_in_range.json", 422, "empty"),
        ("http429_edge.txt", 429, "rate_limited"),
    ],
)
def test_error_bodies(shared_data, name, status, kind):
    assert verdict((shared_data / "yahoo_http" / name).read_text(), status) == kind


@pytest.mark.parametrize("name", ["pageWith404andJson.fake.json", "pageWithUnknownError.json"])
def test_a_404_without_yahoo_s_reason_is_not_a_delisting(shared_data, name):
    assert verdict(recorded(shared_data / "yahoo_http" / name), 404) == "not_understood"


def test_a_good_history_is_none_of_them(body):
    assert verdict(body) is None


def test_the_chart_s_answer_decides_not_what_was_asked_around_it(body):
    good = Answer(CHART, 200, json.dumps(body))
    around = [Answer("/v1/test/getcrumb", 429, "Too Many Requests"), good, Answer("/consent", 500, "")]
    assert judge(around, "AAPL") is None


def test_without_a_chart_the_last_answer_decides():
    assert judge([Answer("/", 200, ""), Answer("/v1/test/getcrumb", 429, "")], "AAPL").kind == "rate_limited"
    assert judge([Answer("/consent", 200, "<html>")], "AAPL").kind == "not_understood"
    assert judge([], "AAPL").kind == "outage"


def test_a_block_page_is_a_rate_limit_and_a_refusal_an_outage():
    assert verdict("", 999) == "rate_limited"
    assert verdict("", 401) == verdict("", 403) == verdict("", 502) == "outage"
    assert verdict("<html>Will be right back</html>") == "outage"


def changed(body, change):
    strange = copy.deepcopy(body)
    change(strange["chart"]["result"][0])
    return strange


def reverse(result):
    result["timestamp"].reverse()


def repeat(result):
    result["timestamp"][1] = result["timestamp"][0]


def before_1970(result):
    result["timestamp"][0] = -86400


def one_short(result):
    result["indicators"]["quote"][0]["low"].pop()


def short_adjusted(result):
    result["indicators"]["adjclose"][0]["adjclose"].pop()


def infinite(result):
    result["indicators"]["adjclose"][0]["adjclose"][0] = float("inf")


def word(result):
    result["indicators"]["quote"][0]["close"][3] = "n/a"


def other_symbol(result):
    result["meta"]["symbol"] = "MSFT"


def monthly(result):
    result["meta"]["dataGranularity"] = "1mo"


def nowhere(result):
    del result["meta"]["exchangeTimezoneName"]


def zero_split(result):
    result["events"]["splits"]["1598880600"]["denominator"] = 0


def dong(result):
    next(iter(result["events"]["dividends"].values()))["currency"] = "VND"


STRANGE = [reverse, repeat, before_1970, one_short, short_adjusted, infinite, word, other_symbol, monthly]
STRANGE += [nowhere, zero_split, dong]


@pytest.mark.parametrize("change", STRANGE, ids=lambda change: change.__name__)
def test_a_wrong_shape_is_not_understood(body, change):
    assert verdict(changed(body, change)) == "not_understood"


@pytest.mark.parametrize(
    ("priced", "paid", "found"),
    [
        ("GBp", "GBX", None),
        ("GBX", "GBp", None),
        ("GBp", "GBP", "not_understood"),
        ("GBP", "GBX", "not_understood"),
        ("XXX", "XXX", None),
    ],
)
def test_a_payout_in_another_spelling_of_the_unit_of_prices_is_in_the_same_unit(body, priced, paid, found):
    def spelled(result):
        result["meta"]["currency"] = priced
        for one in result["events"]["dividends"].values():
            one["currency"] = paid

    assert verdict(changed(body, spelled)) == found


def test_history_before_1970_is_understood_where_there_is_one(body):
    def since_1927(result):
        result["meta"]["firstTradeDate"] = -1325583000
        result["timestamp"][0] = -1325583000

    assert verdict(changed(body, since_1927)) is None


def test_the_excerpt_is_short_and_the_answer_whole():
    page = "<html>" + "x" * 5000
    failure = judge([Answer(CHART, 200, page)], "AAPL")
    assert failure.answer == page
    assert len(failure.error) < 300
