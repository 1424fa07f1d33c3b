"""Where a token may go: over https to its vendor's own hosts, to this machine, or to a host that is named."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit


@dataclass(frozen=True)
class Host:
    """A host and how it is reached; `port` is None for the scheme's own."""

    scheme: str
    name: str
    port: int | None

    @property
    def is_this_machine(self) -> bool:
        """Whether it is a loopback address: what is sent there never leaves the machine."""
        try:
            return self.name == "localhost" or ip_address(self.name).is_loopback
        except ValueError:
            return False

    def is_own(self, names: Iterable[str]) -> bool:
        """Whether it is one of a vendor's own hosts, reached so that nobody on the way can read."""
        return self.scheme == "https" and self.port in (None, 443) and self.name in names

    def __str__(self) -> str:
        return self.name if self.port is None else f"{self.name}:{self.port}"


def host(url: str) -> Host:
    """The host that an address names; without a scheme it is meant as https.

    Raises:
        ValueError: the address is none.
    """
    parts: SplitResult = urlsplit(url.strip() if "://" in url else f"https://{url.strip()}")
    if not parts.hostname:
        raise ValueError("no host")
    return Host(parts.scheme, parts.hostname, parts.port)


def named(url: str) -> str:
    """The address, which must name a host.

    Raises:
        ValueError: it does not.
    """
    host(url)
    return url


def allowed(one: Host, names: str) -> bool:
    """Whether `names`, hosts with commas between them, holds this one; plain http must be written out."""
    return any(host(name) == one for name in names.split(",") if name.strip())
