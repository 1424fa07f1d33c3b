"""Settings from the environment and .env; secrets stay secret; HOME is proven to be writable."""

import json
import os
import stat
from pathlib import Path

import pytest

from config import settings
from quant.errors import InputError
from tasks.sources import resolve

TOKEN = "xoxb-1111-not-to-be-seen"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    """No BALLAST_ variable, and no .env but the test's own."""
    for name in [name for name in os.environ if name.startswith("BALLAST_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def refusal(monkeypatch, **variables):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError) as caught:
        settings.load()
    return str(caught.value)


def test_what_holds_when_nothing_is_set():
    loaded = settings.load()
    assert loaded.source == "yfinance"
    assert loaded.slack_url == "https://slack.com/api/"
    assert loaded.slack_token is None
    assert loaded.home.is_absolute()
    assert loaded.home.name == "ballast"


def test_the_environment_decides_and_the_command_line_above_it(monkeypatch, tmp_path):
    monkeypatch.setenv("BALLAST_HOME", "here")
    monkeypatch.setenv("BALLAST_SOURCE", "files:prices.csv")
    monkeypatch.setenv("BALLAST_LOCK_TIMEOUT", "2.5")
    loaded = settings.load()
    assert (loaded.home, loaded.source, loaded.lock_timeout) == (tmp_path / "here", "files:prices.csv", 2.5)
    assert settings.load(Path("there")).home == tmp_path / "there"


@pytest.fixture
def home(monkeypatch, tmp_path):
    """HOME, in a current folder that is somebody else's."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("BALLAST_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_dotenv_file_in_home_is_read_and_the_environment_wins(monkeypatch, home):
    (home / ".env").write_text("BALLAST_SOURCE=bundled\nBALLAST_LOCK_TIMEOUT=7\nOTHER=1\n")
    monkeypatch.setenv("BALLAST_LOCK_TIMEOUT", "8")
    for loaded in (settings.load(), settings.load(home)):
        assert (loaded.source, loaded.lock_timeout) == ("bundled", 8.0)


def test_a_dotenv_file_in_the_current_folder_decides_nothing(tmp_path, home):
    (tmp_path / ".env").write_text(
        f"BALLAST_SLACK_URL=https://evil.example/api/\nBALLAST_SOURCE=bundled\nBALLAST_HOME={tmp_path}\n"
    )
    loaded = settings.load()
    assert (loaded.source, loaded.slack_url) == ("yfinance", "https://slack.com/api/")
    assert loaded.home == home


def test_home_is_not_moved_by_the_file_in_it(tmp_path, home):
    (home / ".env").write_text(f"BALLAST_HOME={tmp_path / 'other'}\n")
    with pytest.raises(InputError, match=r"\.env names another BALLAST_HOME.*remove that line"):
        settings.load()
    (home / ".env").write_text(f"BALLAST_HOME={home}\n")
    assert settings.load().home == home


def test_a_variable_set_to_nothing_is_not_set(monkeypatch, tmp_path, home):
    (home / ".env").write_text("BALLAST_SLACK_TOKEN=\nBALLAST_SLACK_URL=\n")
    loaded = settings.load()
    assert loaded.slack_token is None
    assert loaded.slack_url == "https://slack.com/api/"
    monkeypatch.setenv("BALLAST_HOME", "")
    assert settings.load().home not in (tmp_path, home)


@pytest.mark.parametrize("written", ["http://127.0.0.1:8080/api", "http://127.0.0.1:8080/api/"])
def test_the_slack_address_ends_in_one_slash(monkeypatch, written):
    monkeypatch.setenv("BALLAST_SLACK_URL", written)
    assert settings.load().slack_url == "http://127.0.0.1:8080/api/"


def test_secrets_never_show(monkeypatch):
    monkeypatch.setenv("BALLAST_SLACK_TOKEN", TOKEN)
    monkeypatch.setenv("BALLAST_SLACK_APP_TOKEN", TOKEN)
    loaded = settings.load()
    shown = [repr(loaded), str(loaded), f"{loaded.model_dump()}", loaded.model_dump_json()]
    shown += [json.dumps(loaded.public()), loaded.slack_token.__repr__()]
    assert not [text for text in shown if TOKEN in text]
    assert loaded.slack_token.get_secret_value() == TOKEN


def test_a_token_in_the_place_of_an_address_is_not_repeated(monkeypatch):
    sentence = refusal(monkeypatch, BALLAST_SLACK_URL=TOKEN)
    assert "BALLAST_SLACK_URL" in sentence
    assert "https://" in sentence
    assert TOKEN not in sentence


@pytest.mark.parametrize("value", ["soon", "0", "-1", "nan", "inf", "3601"])
def test_a_lock_timeout_that_is_none(monkeypatch, value):
    sentence = refusal(monkeypatch, BALLAST_LOCK_TIMEOUT=value)
    assert "BALLAST_LOCK_TIMEOUT" in sentence
    assert repr(value) in sentence


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("TASK_RUNNER", "ray", "should be 'threads', 'processes' or 'dask' (got 'ray')"),
        ("WORKERS", "0", "greater than or equal to 1"),
        ("DASK_ADDRESS", "http://dask:8786", "must look like tcp://dask.example.org:8786"),
        ("DASK_ADDRESS", "tcp://dask", "must look like tcp://dask.example.org:8786"),
        ("DASK_ADDRESS", "tcp://me:word@dask:8786", "must look like tcp://dask.example.org:8786"),
    ],
)
def test_a_task_runner_that_is_none(monkeypatch, name, value, says):
    sentence = refusal(monkeypatch, **{f"BALLAST_{name}": value})
    assert sentence.startswith(f"BALLAST_{name}")
    assert says in sentence


def test_a_bad_setting_does_not_tell_the_token_beside_it(monkeypatch):
    sentence = refusal(monkeypatch, BALLAST_SLACK_TOKEN=TOKEN, BALLAST_LOCK_TIMEOUT="soon")
    assert TOKEN not in sentence


def test_a_dotenv_file_that_is_no_text(monkeypatch, home):
    (home / ".env").write_bytes(b"BALLAST_SOURCE=\xff\xfe")
    assert str(home / ".env") in refusal(monkeypatch)


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/api/",
        "http://slack.com/api/",
        "https://slack.com.evil.example/api/",
        "https://slack.com@evil.example/api/",
        "https://127.0.0.1.evil.example/",
        "http://[::2]:80/",
        "https://slack.com:8443/api/",
    ],
)
def test_a_token_goes_to_its_vendor_over_https_or_to_this_machine(monkeypatch, address):
    monkeypatch.setenv("BALLAST_SLACK_URL", address)
    settings.load()  # no token, nothing to lose
    sentence = refusal(monkeypatch, BALLAST_SLACK_TOKEN=TOKEN)
    assert "BALLAST_SLACK_URL would send the token" in sentence
    assert "BALLAST_ALLOW_HOSTS" in sentence
    assert TOKEN not in sentence
    assert "evil" not in sentence


@pytest.mark.parametrize(
    "address",
    ["https://slack.com/api", "http://127.0.0.1:8080/api", "http://localhost:8080/api", "http://[::1]:8080"],
)
def test_slack_and_this_machine_need_no_permission(monkeypatch, address):
    monkeypatch.setenv("BALLAST_SLACK_URL", address)
    monkeypatch.setenv("BALLAST_SLACK_TOKEN", TOKEN)
    assert not [one for one in settings.load().strangers() if not one.host.is_this_machine]


def test_a_host_is_allowed_by_its_name_and_plain_http_only_when_written_out(monkeypatch):
    monkeypatch.setenv("BALLAST_SLACK_TOKEN", TOKEN)
    monkeypatch.setenv("BALLAST_ALLOW_HOSTS", "slack-gov.com, http://gateway.example.org:8080")
    for address in ("https://slack-gov.com/api/", "http://gateway.example.org:8080/slack/"):
        monkeypatch.setenv("BALLAST_SLACK_URL", address)
        (stranger,) = settings.load().strangers()
        assert (stranger.variable, stranger.token) == ("BALLAST_SLACK_URL", True)
    for address in ("http://slack-gov.com/api/", "https://gateway.example.org/", "https://a.slack-gov.com/"):
        assert "BALLAST_ALLOW_HOSTS" in refusal(monkeypatch, BALLAST_SLACK_URL=address)
    monkeypatch.setenv("BALLAST_ALLOW_HOSTS", "http://:80")
    assert "BALLAST_ALLOW_HOSTS must be host names" in refusal(monkeypatch)


@pytest.mark.parametrize(
    "value", ["http://", "https:///api", "http://host:99999", "https://slack.com\\@evil"]
)
def test_an_address_without_a_host_is_refused_unrepeated(monkeypatch, value):
    assert "must begin with http:// or https://" in refusal(monkeypatch, BALLAST_SLACK_URL=value)


def test_a_home_of_nobody(monkeypatch):
    assert "~no-such-person" in refusal(monkeypatch, BALLAST_HOME="~no-such-person/ballast")


def test_loading_touches_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("BALLAST_HOME", "not-yet")
    settings.load()
    assert list(tmp_path.iterdir()) == []


def test_home_is_created_and_left_empty(tmp_path):
    home = tmp_path / "a" / "b"
    settings.prepare_home(home)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("below", ["", "deeper/still"])
def test_a_home_in_the_place_of_a_file_or_below_one(tmp_path, below):
    (tmp_path / "file").write_text("kept")
    with pytest.raises(InputError, match=r"cannot be written.*--home") as caught:
        settings.prepare_home(tmp_path / "file" / below)
    assert str(tmp_path / "file") in str(caught.value)
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
def test_a_home_without_permission(tmp_path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(InputError, match="cannot be written"):
        settings.prepare_home(tmp_path / "home")
    tmp_path.chmod(stat.S_IRWXU)


@pytest.mark.parametrize("value", ["0", "-5", "86401", "soon", "nan"])
def test_a_cool_down_that_is_none(monkeypatch, value):
    assert "BALLAST_COOL_DOWN" in refusal(monkeypatch, BALLAST_COOL_DOWN=value)


SECRETS = {
    "slack_token", "slack_app_token", "smtp_password", "webhook_secret", "prefect_auth", "prefect_key",
}  # fmt: skip


@pytest.mark.parametrize("token", ["xoxb-12", "0123456789abcdef0123456789abcdef01234567"])
@pytest.mark.parametrize("name", sorted(set(settings.Settings.model_fields) - {"home", "vendors"}))
def test_a_token_in_the_place_of_any_setting_is_not_repeated(monkeypatch, name, token):
    monkeypatch.setenv(f"BALLAST_{name.upper()}", token)
    monkeypatch.setenv("BALLAST_VENDORS", token)  # no variable of ours
    if name in SECRETS | {"allow_hosts", "smtp_user"}:
        assert token not in str(settings.load().public())
        return
    with pytest.raises(InputError) as caught:
        resolve(settings.load().source)
    assert token not in str(caught.value)


@pytest.mark.parametrize("url", ["mx.example.net:587", "https://mx.example.net", "smtp://u:p@mx.example.net"])
def test_a_mail_server_that_is_none_is_refused_unseen(monkeypatch, url):
    sentence = refusal(monkeypatch, BALLAST_SMTP_URL=url)
    assert sentence.startswith("BALLAST_SMTP_URL must look like smtp://")
    assert url not in sentence


def test_a_password_goes_to_a_mail_server_only_where_it_is_allowed(monkeypatch):
    monkeypatch.setenv("BALLAST_SMTP_PASSWORD", "secret")
    assert "BALLAST_ALLOW_HOSTS" in refusal(monkeypatch, BALLAST_SMTP_URL="smtp://mail.example.org:587")
    monkeypatch.setenv("BALLAST_ALLOW_HOSTS", "smtp://mail.example.org:587")
    assert settings.load().smtp_url == "smtp://mail.example.org:587"
    assert "ballast@example.org" in refusal(monkeypatch, BALLAST_SMTP_FROM="Ballast <b@example.org>")
