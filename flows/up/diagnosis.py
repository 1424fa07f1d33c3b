"""What `ballast doctor` says of Prefect's database, and of a server that somebody else runs."""

from collections.abc import Iterator

from config.settings import Settings
from flows.up import database, elsewhere
from quant.errors import InputError
from tasks.data.doctor import Finding


def findings(settings: Settings) -> Iterator[Finding]:
    """One for each of the two that is set."""
    if settings.prefect_database is not None:
        try:
            yield Finding("prefect database", "good", database.examine(settings.prefect_database))
        except InputError as error:
            yield Finding("prefect database", "bad", str(error))
    if settings.prefect_server:
        name = elsewhere.known_name(settings.home, settings.prefect_name)
        try:
            found = elsewhere.server(settings, name)
            said = f"{found.api} runs Prefect {elsewhere.examine(found)}"
            yield Finding("prefect server", "good", f"{said}; this HOME is {name} there" if name else said)
        except InputError as error:
            yield Finding("prefect server", "bad", str(error))
