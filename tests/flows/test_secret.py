import os
import re
import stat

import pytest
from typer.testing import CliRunner

from flows.commands.cli import app
from flows.up import secret
from flows.up.instance import Site
from flows.up.server import Server
from flows.up.up import password
from quant.errors import InputError


@pytest.fixture
def home(tmp_path):
    (tmp_path / "prefect").mkdir()
    return tmp_path


def test_each_home_has_a_secret_of_its_own_that_only_its_owner_can_read(home, tmp_path_factory):
    before = os.umask(0)
    try:
        made = secret.ensure(home)
    finally:
        os.umask(before)
    assert stat.S_IMODE(secret.file(home).stat().st_mode) == 0o600
    assert re.fullmatch(r"ballast:[\w-]{43}", made)
    assert secret.ensure(home) == secret.read(home) == password(home) == made
    other = tmp_path_factory.mktemp("other")
    (other / "prefect").mkdir()
    assert secret.ensure(other) != made


@pytest.mark.parametrize("written", ["", "admin:admin", "ballast:short", f"ballast:{'x' * 43}\nmore", "\xe9"])
def test_what_is_no_secret_of_ours_is_replaced(home, written):
    secret.file(home).write_text(written, encoding="latin-1")
    secret.file(home).chmod(0o600)
    assert secret.read(home) is None
    assert secret.ensure(home) == secret.read(home) != written


def test_a_secret_that_others_could_read_is_replaced(home):
    known = secret.ensure(home)
    secret.file(home).chmod(0o640)
    assert secret.ensure(home) != known
    assert stat.S_IMODE(secret.file(home).stat().st_mode) == 0o600


def test_before_the_first_up_there_is_no_password(home):
    with pytest.raises(InputError, match="the first `ballast up` makes it"):
        password(home)


def test_the_command_that_the_panel_names_prints_it_and_starts_nothing(home):
    made = secret.ensure(home)
    done = CliRunner().invoke(app, ["up", "--show-password", "--home", str(home)])
    assert (done.exit_code, done.stdout) == (0, f"{made}\n")


def test_the_secret_shows_in_no_repr(home):
    made = secret.ensure(home)
    site = Site(home, 4321)
    assert site.server.secret == made
    assert made not in f"{site!r} {site.server!r} {Server('http://127.0.0.1/api', made)}"


def test_children_are_given_it_whatever_the_user_s_own_prefect_uses(home, monkeypatch):
    made = secret.ensure(home)
    for name in ("PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING", "PREFECT_API_KEY"):
        monkeypatch.setenv(name, "mine:own")
    monkeypatch.setenv("PREFECT_PROFILE", "mine")
    monkeypatch.setenv("PREFECT_API_DATABASE_CONNECTION_URL", "postgresql+asyncpg://mine:own@other/prefect")
    given = Site(home, 4321).server_environment()
    assert given["PREFECT_SERVER_API_AUTH_STRING"] == given["PREFECT_API_AUTH_STRING"] == made
    assert given["PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS"] == "http://127.0.0.1:4321"
    assert given["PREFECT_PROFILES_PATH"] == str(home / "prefect" / "profiles.toml")
    assert not {"PREFECT_API_KEY", "PREFECT_PROFILE", "PREFECT_API_DATABASE_CONNECTION_URL"} & given.keys()
    assert "PREFECT_SERVER_API_AUTH_STRING" not in Site(home, 4321).environment()
