"""How a vendor is reached: what its file declares, and what the environment says of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from config import hosts
from config.settings import Address, Settings, Stranger, refuse_strangers, without_credentials
from quant.errors import InputError

PERIODS = {"minute": 60.0, "hour": 3600.0, "day": 86400.0}
RATE = r"[1-9][0-9]{0,5}/(minute|hour|day)"
BUDGET = rf"^({RATE}(, ?{RATE})*|none)$"
StreamAddress = Annotated[str, Field(pattern=r"^wss?://[^\\\s]+$"), AfterValidator(hosts.named)]
NAME = r"[a-z][a-z0-9]*"
SENDABLE = "[!-~]+"


@dataclass(frozen=True)
class Rate:
    """At most `requests` in any `seconds`; `text` is how it was written."""

    requests: int
    seconds: float
    text: str


@dataclass(frozen=True)
class Vendor:
    """What a vendor's file declares of itself; its settings are BALLAST_<NAME>_URL, _TOKEN, and so on.

    `probe` is a symbol that it must know: asking for it tells an outage from a delisting. `hosts` are its
    own, where a token may go over https. `account` says whose token it wants, such as "your account
    (example.com)"; empty for a vendor that wants none. `budget` is how often it may be asked where nobody
    says otherwise, such as "50/hour,1000/day" or "none". `stream` is the address at which it tells trades as
    they happen; empty where it has none.

    Raises:
        ValueError: the name or the budget is none.
    """

    name: str
    probe: str
    hosts: tuple[str, ...] = ()
    account: str = ""
    budget: str = "none"
    stream: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch(NAME, self.name) or not re.fullmatch(BUDGET, self.budget):
            raise ValueError(f"a vendor is not called {self.name!r} and asked {self.budget!r}")

    @property
    def settings(self) -> tuple["Setting", ...]:
        """Its variables, in the order in which they are shown."""
        found = [
            Setting(self.variable("url"), f"{self.title}'s own", "another address: a gateway or a stand-in"),
            Setting(self.variable("budget"), self.budget, "requests by all processes of this HOME together"),
            Setting(self.variable("cool_down"), "BALLAST_COOL_DOWN", "seconds of rest when it is down"),
        ]
        if self.stream:
            meaning = "another address of its stream of trades; none: it is only asked"
            found.append(Setting(self.variable("stream"), f"{self.title}'s own", meaning))
        if self.account:
            found.insert(0, Setting(self.variable("token"), "none", f"needed to ask it: of {self.account}"))
        return tuple(found)

    @property
    def title(self) -> str:
        """Its name in a sentence."""
        return self.name.capitalize()

    def variable(self, setting: str) -> str:
        """The environment's name of a setting."""
        return f"BALLAST_{self.name}_{setting}".upper()


@dataclass(frozen=True)
class Setting:
    """A variable of the environment, what holds where it is not set, and what it is for."""

    variable: str
    default: str
    meaning: str


@dataclass(frozen=True)
class Access:
    """How a vendor is reached: its address (empty: its own), its token, and how often it may be asked.

    `cool_down` is how many seconds it is left alone when it is down. `stream` is the address of its stream of
    trades; empty where there is none, or where only another address of the vendor itself is set.
    """

    address: str = ""
    token: SecretStr | None = None
    budget: tuple[Rate, ...] = ()
    budget_variable: str = ""
    cool_down: float = 0.0
    stream: str = ""

    @property
    def public(self) -> str:
        """The address as a run may store it."""
        return without_credentials(self.address)


class _Values(BaseModel):
    """A vendor's settings as they are written."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    url: Address | Literal[""] = ""
    budget: Annotated[str, Field(pattern=BUDGET)]
    cool_down: Annotated[float, Field(gt=0, le=86400)]
    stream: StreamAddress | Literal["", "none"] = ""


class _Keyed(_Values):
    """Those of a vendor that wants a token."""

    token: SecretStr | None = None


def access(settings: Settings, vendor: Vendor) -> Access:
    """What the settings say of a vendor.

    Raises:
        InputError: a value is bad, a setting is unknown, or a token would go to a host that nobody has named.
    """
    values = _read(settings, vendor)
    token = values.token if isinstance(values, _Keyed) else None
    if token is not None and not re.fullmatch(SENDABLE, token.get_secret_value()):
        # Otherwise the client would repeat it, in its own error about a header that is not right.
        raise InputError(
            f"{vendor.variable('token')} holds a space, a line break or another character that no token has: "
            "copy it again from your account."
        )
    rates = () if values.budget == "none" else tuple(map(_rate, values.budget.split(",")))
    own = "" if values.url else vendor.stream
    stream = "" if values.stream == "none" else values.stream or own
    found = Access(values.url, token, rates, vendor.variable("budget"), values.cool_down, stream)
    refuse_strangers(strangers(found, vendor), settings.allow_hosts)
    return found


def strangers(access: Access, vendor: Vendor) -> Iterator[Stranger]:
    """Its address, where it is not the vendor's own host over https; this machine's is one too."""
    if access.address and not (one := hosts.host(access.address)).is_own(vendor.hosts):
        yield Stranger(vendor.variable("url"), one, access.token is not None)
    if access.stream not in {"", vendor.stream}:
        yield Stranger(vendor.variable("stream"), hosts.host(access.stream), token=False)


def require_token(access: Access, vendor: Vendor) -> None:
    """Refuse to ask a vendor that wants a token without one.

    Raises:
        InputError: there is none.
    """
    if vendor.account and access.token is None:
        variable = vendor.variable("token")
        raise InputError(f"{vendor.title} wants a token: set {variable} to that of {vendor.account}.")


def _read(settings: Settings, vendor: Vendor) -> _Values:
    prefix = f"{vendor.name}_"
    own = {
        name.removeprefix(prefix): value.get_secret_value()
        for name, value in settings.vendors.items()
        if name.startswith(prefix)
    }
    if "stream" in own and not vendor.stream:
        raise InputError(_unknown(vendor, "stream"))
    defaults = {"budget": vendor.budget, "cool_down": settings.cool_down}
    try:
        return (_Keyed if vendor.account else _Values).model_validate(defaults | own)
    except ValidationError as error:
        raise InputError(_refusal(vendor, error)) from None


def _refusal(vendor: Vendor, error: ValidationError) -> str:
    """The first mistake. No value is shown: whoever mixes variables up has put a token into any of them."""
    first = error.errors(include_input=False)[0]
    setting = str(first["loc"][0])
    name = vendor.variable(setting)
    if first["type"] == "extra_forbidden":
        return _unknown(vendor, setting)
    form = {
        "budget": "be none, or look like 50/hour,1000/day",
        "cool_down": "be a number of seconds above 0, up to 86400",
        "url": "begin with http:// or https://",
        "stream": "be none, or begin with ws:// or wss://",
    }
    return f"{name} must {form[setting]}. Set it right or unset it."


def _unknown(vendor: Vendor, setting: str) -> str:
    known = ", ".join(one.variable for one in vendor.settings)
    name = vendor.variable(setting)
    return f"{name} is no setting of {vendor.title}: there are {known}. Correct the name or unset it."


def _rate(text: str) -> Rate:
    requests, _, period = text.strip().partition("/")
    return Rate(int(requests), PERIODS[period], text.strip())
