"""Settings from the environment (prefix BALLAST_) and from HOME/.env, never from the current folder."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit, urlunsplit

from platformdirs import user_data_path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from config import environment, exchange_facts, hosts, lakes, prefect, privacy
from config.hosts import Host
from quant.errors import InputError, shown

# Programs disagree about the host of an address with a backslash or a space in it.
Address = Annotated[str, Field(pattern=r"^https?://[^\\\s]+$"), AfterValidator(hosts.named)]
MailServer = Annotated[
    str, Field(pattern=r"^smtps?://[^\\\s/?#@]+/?$"), AfterValidator(hosts.named)
]  # STARTTLS, or TLS from the first byte
MAILBOX = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,250}$"
Mailbox = Annotated[str, Field(pattern=MAILBOX)]
Scheduler = Annotated[str, Field(pattern=r"^(tcp|tls)://[^\s/?#@:]+:[0-9]{1,5}$")]
SlackPlace = Annotated[str, Field(pattern=r"^(#[^\s<>#]{1,79}|[CG][A-Z0-9]{8,20})$")]
PREFIX = "ballast_"
DATABASE = Annotated[SecretStr, AfterValidator(prefect.database)]
FORMS = {
    "BALLAST_PREFECT_DATABASE": prefect.DATABASE,
    "BALLAST_PREFECT_NAME": prefect.NAME,
    "BALLAST_WAREHOUSE": lakes.FORM,
    "BALLAST_WAREHOUSE_DATA": "/srv/ballast/lake (a folder) or s3://bucket/ballast",
    "BALLAST_OPERATOR_CHANNEL": "#operations (a Slack channel) or its id, C0123ABCD",
    "BALLAST_SMTP_URL": "smtp://mail.example.org:587 (STARTTLS) or smtps://mail.example.org:465 (TLS)",
    "BALLAST_SMTP_FROM": "ballast@example.org",
    "BALLAST_DASK_ADDRESS": "tcp://dask.example.org:8786 or tls://dask.example.org:8786",
}
"""What settings look like that have a form of their own."""
PREFECTS_OWN = {"prefect_auth": "PREFECT_API_AUTH_STRING", "prefect_key": "PREFECT_API_KEY"}
"""Where a log-in to a Prefect server that somebody else runs stands too: in Prefect's own variables."""


@dataclass(frozen=True)
class Stranger:
    """An address, by its variable, that is not its vendor's own; `token` when one is sent there."""

    variable: str
    host: Host
    token: bool


class Settings(BaseModel):
    """Everything that the environment decides. Secrets never show in a repr, a log or a report.

    `vendors` are the BALLAST_ variables that are none of the others, by their names without BALLAST_ in small
    letters: each vendor's own file says which are its own (`config.access`).
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    home: Path
    vendors: Mapping[str, SecretStr] = {}
    source: str = "yfinance"
    slack_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_url: Address = "https://slack.com/api/"
    smtp_url: MailServer | Literal[""] = ""
    smtp_user: str = ""
    smtp_password: SecretStr | None = None
    smtp_from: Mailbox | Literal[""] = ""
    webhook_secret: SecretStr | None = None
    public_url: Address | Literal[""] = ""
    prefect_database: DATABASE | None = None
    prefect_server: Address | Literal[""] = ""
    prefect_name: Annotated[str, AfterValidator(prefect.name)] | Literal[""] = ""
    prefect_auth: SecretStr | None = None
    prefect_key: SecretStr | None = None
    operator_channel: SlackPlace | Literal[""] = ""
    allow_hosts: str = ""
    cool_down: Annotated[float, Field(gt=0, le=86400)] = 300.0
    warehouse: Annotated[str, AfterValidator(lakes.checked)] = ""
    warehouse_data: Annotated[str, AfterValidator(lakes.checked_data)] = ""
    lock_timeout: Annotated[float, Field(gt=0, le=3600)] = 60.0
    task_runner: Literal["threads", "processes", "dask"] = "threads"
    dask_address: Scheduler | Literal[""] = ""
    workers: Annotated[int, Field(ge=1, le=64)] = 4
    retries: Annotated[int, Field(ge=0, le=10)] = 0
    catch_up: Literal["latest", "all", "none"] = "latest"
    catch_up_days: Annotated[int, Field(ge=0, le=366)] = 7
    backup_daily: Annotated[int, Field(ge=1, le=366)] = 7
    backup_weekly: Annotated[int, Field(ge=0, le=520)] = 4

    @property
    def lake(self) -> str:
        """The libpq connection string of the DuckLake that is the warehouse; empty where it is a file."""
        return self.warehouse.removeprefix(lakes.SCHEME)

    @property
    def lake_data(self) -> str:
        """Where the DuckLake has its files: a folder, or an address in object storage without its last /."""
        if self.warehouse_data.startswith("s3://"):
            return self.warehouse_data.rstrip("/")
        return str(_absolute(Path(self.warehouse_data)) if self.warehouse_data else self.home / "lake")

    def elsewhere(self, home: Path) -> Self:
        """The same for a folder of its own, whose warehouse is a file in it whatever this one's is."""
        return self.model_copy(update={"home": home, "warehouse": ""})

    def public(self) -> dict[str, str]:
        """What a run may store: everything but secrets."""
        return {"source": self.source, "slack_url": without_credentials(self.slack_url)}

    def strangers(self) -> Iterator[Stranger]:
        """The addresses that are not their vendor's own host over https; this machine's are among them."""
        sent = {
            "slack": (self.slack_url, ("slack.com",), self.slack_token or self.slack_app_token),
            "smtp": (self.smtp_url, (), self.smtp_password),
        }
        for name, (url, own, token) in sent.items():
            if url and not (one := hosts.host(url)).is_own(own):
                yield Stranger(f"BALLAST_{name.upper()}_URL", one, token is not None)
        if self.prefect_server:
            log_in = self.prefect_auth or self.prefect_key
            yield Stranger("BALLAST_PREFECT_SERVER", hosts.host(self.prefect_server), log_in is not None)


_OWN = {*Settings.model_fields} - {"home", "vendors"}


def load(home: Path | None = None) -> Settings:
    """The settings, with `home` from the command line when given. Touches nothing on disk.

    Raises:
        InputError: a setting is not what it must be, or a token would go to a host that nobody has named.
    """
    set_here = _set_of(environment.variables())
    place = _absolute(home or Path(set_here.get("home") or user_data_path("ballast")))
    try:
        settings = _read(place, set_here)
    except ValidationError as error:
        raise InputError(_refusal(error)) from None
    refuse_strangers(settings.strangers(), settings.allow_hosts)
    exchange_facts.keep_in(place)
    return settings.model_copy(update={"slack_url": settings.slack_url.rstrip("/") + "/"})


def _read(home: Path, set_here: Mapping[str, str]) -> Settings:
    """The settings of a HOME: the environment's, above those of its file .env."""
    written = _set_of(_dotenv(home / ".env"))
    if "home" in written and _absolute(Path(written["home"])) != home:
        raise InputError(
            f"{home / '.env'} names another BALLAST_HOME, but only the environment or --home can: "
            "remove that line."
        )
    given = {**written, **set_here}
    known = environment.variables()
    given = {own: known[name] for own, name in PREFECTS_OWN.items() if known.get(name)} | given
    own = {name: value for name, value in given.items() if name in _OWN}
    vendors = {name: value for name, value in given.items() if name not in Settings.model_fields}
    return Settings.model_validate({**own, "home": home, "vendors": vendors})


def _dotenv(file: Path) -> Mapping[str, str | None]:
    """The variables of a file .env; none where there is no such file."""
    try:
        if not file.is_file():
            return {}
        import dotenv  # noqa: PLC0415 - most have no such file

        return dotenv.dotenv_values(file, encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{file} is not UTF-8 text: save it as such.") from None
    except OSError as error:
        raise InputError(f"{file} cannot be read ({os.strerror(error.errno or 0)}).") from None


def _set_of(variables: Mapping[str, str | None]) -> dict[str, str]:
    """The variables that begin like ours, by their names in small letters without that.

    A variable that is set to nothing, as in a template of .env, is a variable that is not set.
    """
    return {
        name.lower().removeprefix(PREFIX): value
        for name, value in variables.items()
        if name.lower().startswith(PREFIX) and value
    }


def stray(home: Path) -> Path | None:
    """A file .env of the current folder that speaks of Ballast and is not HOME's: nobody reads it."""
    file = Path(".env").absolute()
    try:
        speaks = b"BALLAST_" in file.read_bytes()
    except OSError:
        return None
    return file if speaks and file.parent != home else None


def refuse_strangers(strangers: Iterable[Stranger], allow_hosts: str) -> None:
    """Let no token out to a host that is neither its vendor's own, nor this machine, nor allowed by name.

    Raises:
        InputError: one would go there, or the allowed hosts are no names.
    """
    for one in strangers:
        try:
            known = one.host.is_this_machine or hosts.allowed(one.host, allow_hosts)
        except ValueError:
            raise InputError(
                "BALLAST_ALLOW_HOSTS must be host names with commas between them, like "
                "proxy.example.org, http://gateway.example.org:8080. Set it right or unset it."
            ) from None
        if one.token and not known:
            # Not shown: whoever mixes two variables up has put a token where the address belongs.
            raise InputError(
                f"{one.variable} would send the token to a host that is neither the vendor's own "
                "(over https) nor this machine. Unset it, or allow that host by its name in "
                "BALLAST_ALLOW_HOSTS (docs/reference.md)."
            )


def _refusal(error: ValidationError) -> str:
    first = error.errors()[0]
    name = "BALLAST_" + str(first["loc"][0]).upper()
    if first["type"] in {"string_pattern_mismatch", "value_error"}:
        if form := FORMS.get(name):
            return f"{name} must look like {form}. Set it right or unset it."
        # Not shown: whoever mixes two variables up has put a token where the address belongs.
        return f"{name} must begin with http:// or https://. Set it right or unset it."
    return f"{name}: {first['msg']} (got {shown(first['input'])}). Set it right or unset it."


def _absolute(home: Path) -> Path:
    try:
        return home.expanduser().resolve()
    except RuntimeError as error:
        raise InputError(f"BALLAST_HOME {home}: {error} Name a folder that you may write to.") from None


def prepare_home(home: Path) -> None:
    """Create HOME where it is missing, shut others out of it, and prove that it can be written.

    Raises:
        InputError: it cannot.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        privacy.close(home)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        raise InputError(
            f"BALLAST_HOME {home} cannot be written ({os.strerror(error.errno or 0)}): "
            "name a folder that you may write to with --home or BALLAST_HOME."
        ) from None


def without_credentials(url: str) -> str:
    """An address without user, password and query, where proxies and gateways carry their secrets."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
