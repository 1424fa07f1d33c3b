"""[[channel]] tables: who delivers, with which keys, and one sentence for every mistake."""

import pytest
from pydantic import SecretStr

from config import portfolio_file as portfolios
from config.settings import Settings
from quant.errors import InputError
from tasks.notifiers import channels_of, check
from tests.config.files import portfolio_file, refused
from tests.standins.webhook import SECRET

READY = {
    "slack_token": SecretStr("xoxb-1"),
    "smtp_url": "smtp://mail.example.org:587",
    "smtp_from": "ballast@example.org",
    "webhook_secret": SecretStr(SECRET),
    "allow_hosts": "hooks.example.org, http://gateway.example.org:8080",
}
SLACK = '[slack]\nchannel = "#core"\n'


def table(notifier: str, rows: str = "") -> str:
    return f'[[channel]]\nnotifier = "{notifier}"\n{rows}\n'


def opened(tmp_path, tail: str, **changed):
    file = portfolio_file(tmp_path, tail=tail)
    portfolio, settings = portfolios.read(file), Settings(home=tmp_path, **READY | changed)
    check(settings, portfolio, file)
    return channels_of(settings, portfolio)


def test_the_short_form_stands_first_and_every_table_has_its_own_channel(tmp_path):
    tables = [
        table("email", 'to = ["desk@example.org", "pm@example.org"]'),
        table("slack", 'channel = "#risk"\nmention = "<!here>"'),
        table("webhook", 'url = "https://hooks.example.org/a?b=c"'),
        table("webhook", 'url = "https://hooks.example.org/d"\nname = "archive"'),
        table("preview", 'name = "files"'),
    ]
    found = opened(tmp_path, SLACK + "".join(tables))
    assert [one.address for one in found] == [
        "slack:#core", "email:desk@example.org", "email:pm@example.org", "slack:#risk",
        "webhook:hooks.example.org#ea826751", "webhook:archive#338317e5", "preview:files",
    ]  # fmt: skip
    assert [one.mention for one in found if one.notifier == "slack"] == ["", "<!here>"]


def test_what_is_not_set_up_is_a_preview_of_what_it_would_get(tmp_path):
    bare = dict.fromkeys(READY) | {"smtp_url": "", "smtp_from": "", "allow_hosts": "hooks.example.org"}
    tables = table("email", 'to = "pm@example.org"') + table("webhook", 'url = "https://hooks.example.org/"')
    found = opened(tmp_path, SLACK + tables, **bare)
    assert [(one.address, one.renders, one.note) for one in found] == [
        ("preview:#core", "slack", None),
        ("preview:pm@example.org", "email", None),
        ("preview:hooks.example.org#8f0ab350", "webhook", None),
    ]


def test_an_example_tells_nobody_by_any_channel(tmp_path):
    portfolio = portfolios.read(portfolio_file(tmp_path, tail=SLACK + table("email", 'to = "a@example.org"')))
    example = portfolio.model_copy(update={"example": True})
    found = channels_of(Settings(home=tmp_path, **READY), example)
    assert [one.notifier for one in found] == ["preview", "preview"]


@pytest.mark.parametrize(
    ("tail", "sentence"),
    [
        (
            table("pigeon"),
            "channel #1.notifier: unknown notifier 'pigeon'. Known: email, preview",
        ),
        (
            table("email", 'to = "a@example.org"\nsubjct = "x"'),
            "unknown key 'channel #1.subjct'; the near",
        ),
        (SLACK + table("email"), "the key 'channel #1.to' is missing. Add it."),
        (table("email", "to = []"), "channel #1.to = []"),
        (table("email", "to = 5"), 'channel #1.to = 5: write a list such as ["desk@example.org"].'),
        (table("email", 'to = ["a@example.org", "b"]'), "channel #1.to #2 = 'b': write an address such as"),
        (table("email", 'to = "Desk <a@example.org>"'), "write an address such as desk@example.org"),
        (table("email", 'to = "a@example.org\\nBcc: b@example.org"'), "write an address such as"),
        (table("email", 'to = "ä@example.org"'), "write an address such as"),
        (table("webhook", 'url = "http://hooks.example.org/"'), "begins with https://"),
        (table("webhook", 'url = "https://user:pass@hooks.example.org/"'), "without user, password"),
        (table("webhook", 'url = "https://hooks.example.org/#a"'), "without user, password"),
        (table("webhook", 'url = "hooks.example.org/x"'), "begins with https://"),
        (table("webhook", 'url = "https://"'), "begins with https://"),
        (table("webhook", 'url = "https://hooks.example.org:x/"'), "begins with https://"),
        (table("webhook", 'url = "http://gateway.example.org:8080/"'), "begins with https://"),
        (
            table("webhook", 'url = "https://evil.example/"'),
            "evil.example is no allowed host. Add it to",
        ),
        (table("webhook", 'url = "https://hooks.example.org:444/"'), "is no allowed host"),
        (SLACK + table("slack", 'channel = "#core"'), "channel #1: slack:#core stands twice. Keep one."),
        (table("slack"), "the key 'channel #1.channel' is missing"),
        (table("preview", 'name = ""'), "channel #1.name = ''"),
    ],
)
def test_a_table_that_is_not_right_is_one_sentence(tmp_path, tail, sentence):
    with pytest.raises(InputError) as caught:
        opened(tmp_path, tail)
    said = str(caught.value)
    assert said.startswith(str(tmp_path / "two.toml"))
    assert sentence in said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("tail", "sentence"),
    [
        ("[[channel]]\nto = 'a@example.org'\n", "the key 'channel #1.notifier' is missing"),
        ("[channel]\nnotifier = 'email'\n", "write one [[channel]] table for each channel"),
        ("[[channel]]\nnotifier = 5\n", "channel #1.notifier = 5"),
    ],
)
def test_a_table_without_a_notifier_is_refused_with_the_file(tmp_path, tail, sentence):
    assert sentence in refused(portfolio_file(tmp_path, tail=tail))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"smtp_from": ""}, "BALLAST_SMTP_FROM is missing"),
        ({"smtp_user": "ballast"}, "BALLAST_SMTP_USER and BALLAST_SMTP_PASSWORD belong together"),
        ({"webhook_secret": SecretStr("short")}, "BALLAST_WEBHOOK_SECRET must be whsec_"),
        ({"webhook_secret": SecretStr("whsec_" + "A" * 16)}, "BALLAST_WEBHOOK_SECRET must be whsec_"),
    ],
)
def test_an_environment_that_is_not_whole_says_what_is_missing(tmp_path, changed, sentence):
    tables = table("email", 'to = "a@example.org"') + table("webhook", 'url = "https://hooks.example.org/"')
    with pytest.raises(InputError) as caught:
        opened(tmp_path, tables, **changed)
    assert sentence in str(caught.value)


def test_a_channel_that_a_later_version_cannot_use_is_told_of_as_such(tmp_path):
    portfolio = portfolios.read(portfolio_file(tmp_path, tail=SLACK + table("pigeon")))
    first, second = channels_of(Settings(home=tmp_path, **READY), portfolio)
    assert first.address == "slack:#core"
    assert (second.address, "no message is sent: " in second.note) == ("preview:channel #1", True)


def test_webhooks_of_two_portfolios_that_share_a_name_are_two_channels(tmp_path):
    """One outbox holds the notices of both: what one receiver refused must not go to the other."""
    rows = 'url = "https://hooks.example.org/{}"\nname = "desk"'
    (one,) = opened(tmp_path, table("webhook", rows.format("a")))
    (other,) = opened(tmp_path, table("webhook", rows.format("b")))
    assert one.address != other.address
