"""Whether a PostgreSQL can be used by Prefect's server, said in one sentence; a real one."""

import re
import socket
import threading

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from config import settings
from flows.commands.cli import app
from flows.up import database
from flows.up.diagnosis import findings
from flows.up.up import up
from quant.errors import InputError
from tests.e2e.up import free_port

DRIVER = "postgresql+asyncpg"


def refused(url):
    with pytest.raises(InputError) as error:
        database.examine(SecretStr(url))
    assert "\n" not in str(error.value)
    return str(error.value)


def test_one_that_can_be_used_is_named_without_its_password(postgres_database):
    said = database.examine(SecretStr(postgres_database.url(DRIVER)))
    place = f"the database {postgres_database.name} at 127.0.0.1:{postgres_database.port}"
    assert re.fullmatch(rf"{place}, PostgreSQL \S+.*, still without Prefect's tables", said)


def test_the_password_may_stand_in_the_environment(postgres_database, monkeypatch):
    url = postgres_database.url(DRIVER).replace(f":{postgres_database.password}@", "@")
    monkeypatch.setenv("PGPASSWORD", "wrong")
    assert "does not take this user and password" in refused(url)
    monkeypatch.setenv("PGPASSWORD", postgres_database.password)
    assert "still without" in database.examine(SecretStr(url))


def test_each_trouble_is_a_sentence_of_its_own(postgres, postgres_database):
    url = postgres_database.url(DRIVER)
    wrong = refused(url.replace(postgres_database.password, "wrong-word"))
    assert "does not take this user and password" in wrong
    assert "wrong-word" not in wrong
    assert "does not exist: make it with createdb" in refused(url.replace(postgres_database.name, "nowhere"))
    nobody = url.replace(str(postgres_database.port), str(free_port()))
    assert "cannot be reached (Connection refused)" in refused(nobody)
    assert "cannot be reached (" in refused(url.replace("127.0.0.1", "no-such-host.invalid"))
    assert "rejected SSL upgrade" in refused(f"{url}?ssl=require")
    assert "does not know; TLS is ?ssl=require" in refused(f"{url}?sslmode=require")


def test_what_listens_there_and_is_no_postgresql_is_told(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up():
            listener.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        said = refused(f"{DRIVER}://u:my-word@127.0.0.1:{listener.getsockname()[1]}/prefect")
    assert "the database prefect at 127.0.0.1:" in said
    assert "my-word" not in said


def test_a_role_without_the_rights_is_told_which(postgres, postgres_database):
    name, word = f"role_{postgres_database.name}", "a-word"
    url = postgres_database.url(DRIVER).replace(
        f"{postgres_database.user}:{postgres_database.password}", f"{name}:{word}"
    )
    postgres.sql(f"create role {name} login password '{word}'")
    try:
        assert "may not create tables there" in refused(url)
        postgres.sql(f"grant create on schema public to {name}", postgres_database.name)
        assert "may not create the extension pg_trgm" in refused(url)
        postgres.sql("create extension pg_trgm", postgres_database.name)
        assert "still without Prefect's tables" in database.examine(SecretStr(url))
        postgres.sql(f"revoke connect on database {postgres_database.name} from public")
        assert "lets this user not in" in refused(url)
    finally:
        postgres.sql(f"drop owned by {name}", postgres_database.name)
        postgres.sql(f"drop role {name}")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:word@h/db",
        "sqlite+aiosqlite:///x.db",
        f"{DRIVER}://u:wo/rd@h/db",
        f"{DRIVER}://u:word@h",
        "prefect-db",
    ],
)
def test_what_is_no_address_of_it_is_refused_and_not_shown(url, tmp_path, monkeypatch):
    monkeypatch.setenv("BALLAST_PREFECT_DATABASE", url)
    done = CliRunner().invoke(app, ["doctor", "--home", str(tmp_path)])
    assert isinstance(done.exception, InputError)
    said = str(done.exception)
    assert said.startswith(f"BALLAST_PREFECT_DATABASE must look like {DRIVER}://user@host:5432/database")
    assert url not in said.replace(DRIVER, "")
    assert "word@" not in said


def test_up_and_doctor_say_it_before_anything_is_started(tmp_path, monkeypatch):
    url = f"{DRIVER}://me:my-word@127.0.0.1:{free_port()}/prefect"
    monkeypatch.setenv("BALLAST_PREFECT_DATABASE", url)
    [found] = findings(settings.load(tmp_path))
    assert (found.name, found.status) == ("prefect database", "bad")
    with pytest.raises(InputError) as error:
        up(tmp_path, free_port())
    assert str(error.value) == found.detail
    assert "my-word" not in found.detail
    assert not (tmp_path / "prefect" / "up.json").exists()
    assert "my-word" not in repr(settings.load(tmp_path))
