"""Settings from the environment (prefix BALLAST_) and a .env file."""

import os
import tempfile
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit, urlunsplit

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from quant.errors import InputError

Address = Annotated[str, Field(pattern=r"^https?://")]


class Settings(BaseSettings):
    """Everything that the environment decides. Secrets never show in a repr, a log or a report."""

    # A variable that is set to nothing, as in a template of .env, is a variable that is not set.
    model_config = SettingsConfigDict(
        env_prefix="BALLAST_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = Field(default_factory=lambda: user_data_path("ballast"))
    source: str = "yfinance"
    slack_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_url: Address = "https://slack.com/api/"
    yahoo_url: Address | Literal[""] = ""
    lock_timeout: Annotated[float, Field(gt=0, le=3600)] = 60.0
    backup_daily: Annotated[int, Field(ge=1, le=366)] = 7
    backup_weekly: Annotated[int, Field(ge=0, le=520)] = 4

    def public(self) -> dict[str, str]:
        """What a run may store: everything but secrets."""
        addresses = {"slack_url": self.slack_url, "yahoo_url": self.yahoo_url}
        return {"source": self.source} | {name: _without_credentials(url) for name, url in addresses.items()}


def load(home: Path | None = None) -> Settings:
    """The settings, with `home` from the command line when given. Touches nothing on disk.

    Raises:
        InputError: a setting is not what it must be.
    """
    try:
        settings = Settings() if home is None else Settings(home=home)
    except ValidationError as error:
        raise InputError(_refusal(error)) from None
    except UnicodeDecodeError:
        raise InputError(f"{Path('.env').resolve()} is not UTF-8 text: save it as such.") from None
    changed = {"home": _absolute(settings.home), "slack_url": settings.slack_url.rstrip("/") + "/"}
    return settings.model_copy(update=changed)


def _refusal(error: ValidationError) -> str:
    first = error.errors()[0]
    name = "BALLAST_" + str(first["loc"][0]).upper()
    if first["type"] == "string_pattern_mismatch":
        # Not shown: whoever mixes two variables up has put a token where the address belongs.
        return f"{name} must begin with http:// or https://. Set it right or unset it."
    return f"{name}: {first['msg']} (got {first['input']!r}). Set it right or unset it."


def _absolute(home: Path) -> Path:
    try:
        return home.expanduser().resolve()
    except RuntimeError as error:
        raise InputError(f"BALLAST_HOME {home}: {error} Name a folder that you may write to.") from None


def prepare_home(home: Path) -> None:
    """Create HOME where it is missing, and prove that it can be written.

    Raises:
        InputError: it cannot.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        raise InputError(
            f"BALLAST_HOME {home} cannot be written ({os.strerror(error.errno or 0)}): "
            "name a folder that you may write to with --home or BALLAST_HOME."
        ) from None


def _without_credentials(url: str) -> str:
    """An address without user, password and query, where proxies and gateways carry their secrets."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
