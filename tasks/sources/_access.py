"""How the vendors behind the sources are reached: what each one's file declares, and the environment says."""

import sys
from collections.abc import Iterator
from typing import cast

from config import access as declared
from config.access import Access, Vendor
from config.settings import Settings, Stranger
from quant import plugins
from tasks import sources
from tasks.sources import Source, resolve


def vendors() -> dict[str, Vendor]:
    """Every vendor, by the name of its source; imports all of them."""
    found = plugins.discover(sys.modules[sources.__name__])
    return {
        name: vendor for name, file in found.items() if (vendor := cast("Source", file).VENDOR) is not None
    }


def access(settings: Settings, source: str) -> Access:
    """How the vendor behind a source is asked; nothing to know for a source that is no vendor.

    Raises:
        InputError: a setting of it is not what it must be, or it wants a token and has none.
    """
    vendor = resolve(source).source.VENDOR
    if vendor is None:
        return Access()
    found = declared.access(settings, vendor)
    declared.require_token(found, vendor)
    return found


def check(settings: Settings) -> None:
    """Refuse what is set wrongly of any vendor, asked or not.

    Raises:
        InputError: the first mistake.
    """
    for _ in _set(settings):
        pass


def addresses(settings: Settings) -> dict[str, str]:
    """The addresses that are set, as a run may store them."""
    return {f"{vendor.name}_url": found.public for vendor, found in _set(settings) if found.address}


def strangers(settings: Settings) -> Iterator[Stranger]:
    """The addresses that are not their vendor's own."""
    for vendor, found in _set(settings):
        yield from declared.strangers(found, vendor)


def unread(settings: Settings) -> list[str]:
    """Variables of the environment that begin like ours and that no vendor declares."""
    known = tuple(f"{vendor.name}_" for vendor, _ in _set(settings))
    return [f"BALLAST_{name.upper()}" for name in settings.vendors if not name.startswith(known)]


def _set(settings: Settings) -> Iterator[tuple[Vendor, Access]]:
    """The vendors, where anything is set that could be theirs: nothing is imported otherwise."""
    if settings.vendors:
        for vendor in vendors().values():
            yield vendor, declared.access(settings, vendor)
