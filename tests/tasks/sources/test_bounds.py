"""A vendor's header, body or redirect is a failure like any other, whatever is in it."""

import gzip
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from tasks.context import bounds
from tasks.context.bounds import LARGEST, LONGEST_PAUSE, leads_within, retry_after
from tasks.context.patience import Patience
from tasks.sources import Request, tiingo, yfinance
from tests.standins.tiingo import TOKEN, Tiingo
from tests.standins.yahoo import Fault, Yahoo

ONCE = Patience(tries=1, first_wait=0.01, request=5.0, symbol=10.0)
VENDORS = {"tiingo": (tiingo, Tiingo), "yfinance": (yfinance, Yahoo)}


def asking(server, symbol="SPY", **more):
    return Request((symbol,), date(2020, 8, 1), date(2020, 9, 30), server.address, patience=ONCE, **more)


@pytest.fixture(params=VENDORS)
def vendor(request):
    """Ask a vendor's stand-in, which does one thing wrong, through the real client: what is said of it."""
    source, standin = VENDORS[request.param]
    with standin() as server:

        def ask(fault):
            server.fail("SPY", fault)
            (error,) = source.fetch(asking(server, token=SecretStr(TOKEN))).errors
            return error

        yield ask


@pytest.mark.parametrize("digits", ["9" * 300, "86401", "0" * 5000 + "99999999"])
def test_a_pause_without_end_is_a_day(vendor, digits):
    error = vendor(Fault(429, "Too Many Requests", {"Retry-After": digits}))
    assert (error.kind, error.retry_after) == ("rate_limited", LONGEST_PAUSE)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b" " * (LARGEST + 1), {}),
        (gzip.compress(bytes(LARGEST + 1), 1), {"Content-Encoding": "gzip"}),
    ],
    ids=["large", "bomb"],
)
def test_an_answer_without_end_is_an_outage(vendor, body, headers):
    error = vendor(Fault(200, body, {"Content-Type": "application/json"} | headers))
    assert error.kind == "outage"
    assert "more than 32 MB came" in error.error


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_place_is_not_followed(vendor, status):
    with Yahoo() as other:
        error = vendor(Fault(status, "", {"Location": f"{other.address}/steal?x=1"}))
        assert other.asked == []
    assert error.kind in {"outage", "not_understood"}
    assert "not followed" in error.error


def test_yahoo_may_lead_to_another_of_its_own_pages():
    with Yahoo() as server:
        server.replay("SPY", '{"chart":{"result":[],"error":null}}')
        server.fail("OLD", Fault(302, "", {"Location": "/v8/finance/chart/SPY?interval=1d"}))
        (error,) = yfinance.fetch(asking(server, "OLD")).errors
        assert "/v8/finance/chart/SPY?interval=1d" in server.asked
    assert error.kind == "empty"


def test_a_circle_of_redirects_ends():
    with Yahoo() as server:
        server.fail("SPY", Fault(302, "", {"Location": "/v8/finance/chart/SPY?again"}))
        (error,) = yfinance.fetch(asking(server)).errors
    assert error.kind == "outage"
    assert "more than 10 redirects" in error.error


@given(st.one_of(st.text(), st.from_regex(r"[0-9]{1,400}", fullmatch=True)), st.none() | st.text())
def test_any_header_is_a_pause_of_at_most_a_day_or_nothing(text, day):
    pause = retry_after(text, day)
    assert pause is None or 0 <= pause <= LONGEST_PAUSE


@pytest.mark.parametrize(
    ("text", "day", "seconds"),
    [
        ("7", None, 7.0),
        ("0", None, 0.0),
        ("Wed, 21 Oct 2015 07:28:30 GMT", "Wed, 21 Oct 2015 07:28:00 GMT", 30.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:30 GMT", 0.0),
        ("Wed, 21 Oct 9999 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:30 GMT", LONGEST_PAUSE),
        ("Wed, 21 Oct 2015 07:28:30 -0000", "Wed, 21 Oct 2015 07:28:00 GMT", None),
        ("²", None, None),
        ("soon", None, None),
    ],
)
def test_a_pause_is_read_from_seconds_or_a_date(text, day, seconds):
    assert retry_after(text, day) == seconds


@pytest.mark.parametrize(
    ("target", "within"),
    [
        ("https://consent.yahoo.com/v2?x", True),
        ("https://yahoo.com/", True),
        ("https://query1.finance.yahoo.com:443/v8", True),
        ("http://guce.yahoo.com/", False),
        ("https://query1.finance.yahoo.com:8443/", False),
        ("https://notyahoo.com/", False),
        ("https://yahoo.com.example.org/", False),
        ("https://yahoo.com@example.org/", False),
        ("ftp://yahoo.com/", False),
        ("https://example.org:port/", False),
        ("http://127.0.0.1:80/", False),
    ],
)
def test_a_redirect_stays_with_the_vendor_over_https(target, within):
    assert leads_within(target, "https://query2.finance.yahoo.com/v8", "yahoo.com") is within
    assert not leads_within(target, "https://query2.finance.yahoo.com/v8")
    assert bounds.leads_within(target, target) is (":port" not in target)
