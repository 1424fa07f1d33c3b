import os
import subprocess

import pytest

pytestmark = pytest.mark.usefixtures("postgres")


def ask(postgres, database, password):
    command = [postgres.bin / "psql", "-X", "-At", database.libpq, "-c", "select current_database()"]
    environment = {**os.environ, "PGPASSWORD": password}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_database_of_its_own_and_only_with_the_password(postgres, postgres_database):
    assert ask(postgres, postgres_database, postgres.password).stdout.strip() == postgres_database.name
    assert "password" in ask(postgres, postgres_database, "wrong").stderr


def test_stopped_nobody_answers_and_started_again_all_is_there(postgres, postgres_database):
    postgres.sql("create table kept as select 1 as one", postgres_database.name)
    postgres.stop()
    assert "refused" in ask(postgres, postgres_database, postgres.password).stderr
    postgres.start()
    assert postgres.sql("select one from kept", postgres_database.name) == ["1"]
