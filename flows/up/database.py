"""The PostgreSQL database of Prefect's server: whether it can be used, said in one sentence."""

import asyncio
import os

import asyncpg  # comes with Prefect
from pydantic import SecretStr
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from quant.errors import InputError

NAME = "BALLAST_PREFECT_DATABASE"
PATIENCE = 10.0
OLDEST = 13
"""Prefect's tables need an extension that an ordinary role may make from this version of PostgreSQL on."""
LOOK = """
    select current_setting('server_version_num')::int / 10000,
        current_schema() is not null and has_schema_privilege(current_schema(), 'CREATE'),
        exists (select from pg_extension where extname = 'pg_trgm'),
        exists (select from pg_available_extensions where name = 'pg_trgm'),
        has_database_privilege(current_database(), 'CREATE'),
        to_regclass('flow_run') is not null,
        current_setting('server_version')
"""


def examine(url: SecretStr) -> str:
    """What is there, by host and name, without a password.

    Raises:
        InputError: it cannot be used; one sentence says why, and shows no password.
    """
    place = _place(url)
    try:
        return asyncio.run(asyncio.wait_for(_look(url, place), PATIENCE))
    except TimeoutError:
        raise InputError(_unreachable(place, f"no answer within {PATIENCE:.0f} seconds")) from None
    except DBAPIError as error:
        raise InputError(_refused(place, error.orig)) from None
    except TypeError:  # asyncpg's own refusal of an argument
        raise InputError(
            f"{place}: {NAME} has an option behind the ? that asyncpg does not know; TLS is ?ssl=require."
        ) from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise InputError(_refused(place, error)) from None


async def _look(url: SecretStr, place: str) -> str:
    engine = create_async_engine(url.get_secret_value(), poolclass=NullPool, hide_parameters=True)
    try:
        async with engine.connect() as connection:
            found = (await connection.execute(text(LOOK))).one()
    finally:
        await engine.dispose()
    version, creates, has_trgm, offers_trgm, may_extend, is_made, said = found
    if version < OLDEST:
        raise InputError(f"{place} is PostgreSQL {said}: Prefect needs {OLDEST} or newer.")
    if not creates:
        raise InputError(
            f"{place}: this user may not create tables there: make it the owner of the database, or "
            "GRANT CREATE ON SCHEMA public to it."
        )
    if not has_trgm and not offers_trgm:
        raise InputError(f"{place} lacks the extension pg_trgm: install PostgreSQL's contrib package.")
    if not has_trgm and not may_extend:
        raise InputError(
            f"{place}: this user may not create the extension pg_trgm: let an owner of the database do "
            "CREATE EXTENSION pg_trgm there."
        )
    return f"{place}, PostgreSQL {said}, {'with' if is_made else 'still without'} Prefect's tables"


def _place(url: SecretStr) -> str:
    """The database without user, password and options."""
    known = make_url(url.get_secret_value())
    host = known.host or known.query.get("host") or "localhost"
    return f"the database {known.database} at {host}:{known.port or 5432}"


def _refused(place: str, error: BaseException | None) -> str:
    match error:
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            return f"{place} does not take this user and password: set {NAME} or PGPASSWORD right."
        case asyncpg.InvalidCatalogNameError():
            return f"{place} does not exist: make it with createdb."
        case asyncpg.InsufficientPrivilegeError():
            return f"{place} lets this user not in: GRANT CONNECT on it."
        case OSError():
            known = error.errno is not None and error.errno > 0  # asyncio has words of its own in its place
            return _unreachable(
                place, os.strerror(error.errno or 0) if known else error.strerror or str(error)
            )
        case asyncpg.CannotConnectNowError() | asyncpg.TooManyConnectionsError():
            return _unreachable(place, str(error).rstrip("."))
    return f"{place} cannot be used ({type(error).__name__}): look at {NAME} and at PostgreSQL's log."


def _unreachable(place: str, why: str) -> str:
    return (
        f"{place} cannot be reached ({why}): is PostgreSQL running there, and does it listen to this machine?"
    )
