"""Lakes on a real PostgreSQL that are copied from one, because making the tables takes a second."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.standins.postgres import Database, Postgres
from warehouse.ducklake import session
from warehouse.ducklake.backend import DuckLake
from warehouse.ducklake.place import Place


@dataclass(frozen=True)
class Template:
    """A lake to be copied, which nobody uses: its database, and the folder of its files."""

    database: Database
    data: Path


def lake_in(home: Path, database: Database, lock_timeout: float = 20.0) -> DuckLake:
    """The lake of a database whose files lie in HOME/lake; the password is in PGPASSWORD."""
    return DuckLake(home, Place(database.libpq, str(home / "lake")), lock_timeout, "ballast test")


def template_in(postgres: Postgres, folder: Path) -> Template:
    """A lake without a row."""
    database = postgres.database()
    lake_in(folder, database).transact(lambda _: None)
    session.close_all()
    return Template(database, folder / "lake")


def copied(postgres: Postgres, template: Template, home: Path) -> DuckLake:
    """A copy of a lake, with its files in HOME/lake."""
    lake = lake_in(home, postgres.database(template=template.database.name))
    shutil.copytree(template.data, home / "lake", dirs_exist_ok=True)
    data, name = lake.place.data.replace("'", "''"), lake.place.given["dbname"]
    postgres.sql(f"update ducklake_metadata set value = '{data}/' where key = 'data_path'", name)
    return lake


def filled_in(
    postgres: Postgres, empty: Template, folder: Path, fill: Callable[[DuckLake], object]
) -> Iterator[Template]:
    """A lake that was filled, to be copied."""
    lake = copied(postgres, empty, folder)
    fill(lake)
    session.close_all()
    database = Database(
        postgres.host, postgres.port, lake.place.given["dbname"], lake.place.user, postgres.password
    )
    yield Template(database, folder / "lake")


@contextmanager
def making(postgres: Postgres, empty: Template) -> Iterator[Callable[..., DuckLake]]:
    """Makes the lake of a HOME, an empty one unless it is copied from another; all are dropped at the end."""
    made = []

    def make(home: Path, template: Template = empty) -> DuckLake:
        home.mkdir(parents=True, exist_ok=True)
        made.append(copied(postgres, template, home))
        return made[-1]

    try:
        yield make
    finally:
        session.close_all()
        for lake in made:
            postgres.drop(lake.place.given["dbname"])
