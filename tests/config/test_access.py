"""A vendor's settings are found from its declaration; its token goes to its own hosts and shows nowhere."""

import os

import pytest

from config import settings
from config.access import Vendor, access, require_token, strangers
from quant.errors import InputError

TOKEN = "0123456789abcdef-not-to-be-seen"
ACME = Vendor(
    "acme", probe="SPY", hosts=("api.acme.com",), account="your account (acme.com)", budget="50/hour,1000/day"
)
OPEN = Vendor("open", probe="SPY")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    """No BALLAST_ variable but HOME."""
    for name in [name for name in os.environ if name.startswith("BALLAST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BALLAST_HOME", str(tmp_path))


def reached(vendor=ACME, **variables):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(f"BALLAST_{name}", value)
        return access(settings.load(), vendor)


def refusal(vendor=ACME, **variables):
    with pytest.raises(InputError) as caught:
        reached(vendor, **variables)
    assert TOKEN not in str(caught.value)
    return str(caught.value)


def test_what_holds_when_nothing_is_set():
    found = reached()
    assert (found.address, found.token, found.cool_down) == ("", None, 300.0)
    assert [(rate.requests, rate.seconds) for rate in found.budget] == [(50, 3600.0), (1000, 86400.0)]
    assert reached(OPEN).budget == ()
    require_token(reached(OPEN), OPEN)
    with pytest.raises(InputError) as refused:
        require_token(found, ACME)
    assert str(refused.value) == (
        "Acme wants a token: set BALLAST_ACME_TOKEN to that of your account (acme.com)."
    )


def test_the_environment_decides_above_the_file_in_home(tmp_path):
    (tmp_path / ".env").write_text(f"BALLAST_ACME_TOKEN={TOKEN}\nBALLAST_ACME_BUDGET=none\n")
    found = reached(ACME_BUDGET="5/minute, 1000/day", ACME_COOL_DOWN="7", ACME_URL="http://127.0.0.1:9")
    assert [rate.text for rate in found.budget] == ["5/minute", "1000/day"]
    assert (found.cool_down, found.address) == (7.0, "http://127.0.0.1:9")
    assert found.token.get_secret_value() == TOKEN
    require_token(found, ACME)
    assert reached().budget == ()
    assert reached(COOL_DOWN="60").cool_down == 60.0


def test_a_token_never_shows(monkeypatch):
    monkeypatch.setenv("BALLAST_ACME_TOKEN", TOKEN)
    loaded = settings.load()
    shown = [repr(loaded), loaded.model_dump_json(), str(loaded.public()), repr(access(loaded, ACME))]
    assert not [text for text in shown if TOKEN in text]


@pytest.mark.parametrize("value", ["50", "0/hour", "50/week", "50/hour;1000/day", "1.5/hour", "all", TOKEN])
def test_a_budget_that_is_none(value):
    assert refusal(ACME_BUDGET=value) == (
        "BALLAST_ACME_BUDGET must be none, or look like 50/hour,1000/day. Set it right or unset it."
    )


@pytest.mark.parametrize("value", ["0", "-5", "86401", "soon", "nan", TOKEN])
def test_a_cool_down_that_is_none(value):
    assert refusal(ACME_COOL_DOWN=value).startswith("BALLAST_ACME_COOL_DOWN must be a number of seconds")


@pytest.mark.parametrize("value", ["http://", "https:///api", "http://host:99999", TOKEN, "ftp://acme.com"])
def test_an_address_that_is_none(value):
    assert "BALLAST_ACME_URL must begin with http:// or https://" in refusal(ACME_URL=value)


@pytest.mark.parametrize("token", ["sec ret", " secret", "secret\n", "“secret”"])
def test_a_token_that_cannot_be_sent_is_refused_unseen(token):
    sentence = refusal(ACME_TOKEN=token)
    assert sentence.startswith("BALLAST_ACME_TOKEN holds a space")
    assert "sec" not in sentence


def test_a_setting_that_the_vendor_does_not_have():
    sentence = refusal(ACME_TOKN=TOKEN)
    assert sentence.startswith("BALLAST_ACME_TOKN is no setting of Acme: there are BALLAST_ACME_TOKEN, BALL")
    assert "BALLAST_OPEN_TOKEN is no setting of Open" in refusal(OPEN, OPEN_TOKEN=TOKEN)
    assert reached(OPEN, ACME_TOKN=TOKEN).token is None  # another vendor's affair


@pytest.mark.parametrize(
    "address", ["https://evil.example/api", "http://api.acme.com", "https://api.acme.com.evil.example/"]
)
def test_a_token_goes_to_the_vendor_over_https_to_this_machine_or_where_it_is_allowed(address):
    reached(ACME_URL=address)  # no token, nothing to lose
    sentence = refusal(ACME_URL=address, ACME_TOKEN=TOKEN)
    assert sentence.startswith("BALLAST_ACME_URL would send the token to a host")
    assert "evil" not in sentence
    host = address.split("/")[2] if address.startswith("https") else address
    (one,) = strangers(reached(ACME_URL=address, ACME_TOKEN=TOKEN, ALLOW_HOSTS=host), ACME)
    assert (one.variable, one.token) == ("BALLAST_ACME_URL", True)


@pytest.mark.parametrize("address", ["https://api.acme.com/v2", "http://127.0.0.1:8080", "http://[::1]:8080"])
def test_the_vendor_and_this_machine_need_no_permission(address):
    found = reached(ACME_URL=address, ACME_TOKEN=TOKEN)
    assert not [one for one in strangers(found, ACME) if not one.host.is_this_machine]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "wss://stream.open.com/"),
        ({"OPEN_STREAM": "none"}, ""),
        ({"OPEN_STREAM": "ws://127.0.0.1:9/"}, "ws://127.0.0.1:9/"),
        ({"OPEN_URL": "http://127.0.0.1:9"}, ""),
        ({"OPEN_URL": "http://127.0.0.1:9", "OPEN_STREAM": "ws://127.0.0.1:8"}, "ws://127.0.0.1:8"),
    ],
)
def test_a_stream_is_the_vendors_own_unless_one_is_set_or_requests_go_elsewhere(variables, expected):
    told = Vendor("open", probe="SPY", stream="wss://stream.open.com/")
    found = reached(told, **variables)
    assert found.stream == expected
    own = [one.variable for one in strangers(found, told) if one.variable == "BALLAST_OPEN_STREAM"]
    assert own == (["BALLAST_OPEN_STREAM"] if expected.startswith("ws:") else [])
    assert "BALLAST_OPEN_STREAM" in [one.variable for one in told.settings]


def test_a_stream_that_is_none():
    told = Vendor("open", probe="SPY", stream="wss://stream.open.com/")
    assert refusal(told, OPEN_STREAM="https://x") == (
        "BALLAST_OPEN_STREAM must be none, or begin with ws:// or wss://. Set it right or unset it."
    )
    assert "BALLAST_OPEN_STREAM is no setting of Open" in refusal(OPEN, OPEN_STREAM="wss://x")


@pytest.mark.parametrize(
    ("name", "budget"), [("a_b", "none"), ("", "none"), ("acme", "often"), ("Acme", "none")]
)
def test_a_declaration_that_is_none(name, budget):
    with pytest.raises(ValueError, match="a vendor is not called"):
        Vendor(name, probe="SPY", budget=budget)
