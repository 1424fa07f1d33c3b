"""Every source there is, and the settings of the vendor behind it."""

from dataclasses import dataclass

from config.access import Setting, Vendor
from config.settings import Settings
from tasks import sources
from tasks.sources import _access


@dataclass(frozen=True)
class SettingRow:
    """A variable of the environment, what holds without it, what it is for, and whether it is set."""

    variable: str
    default: str
    meaning: str
    set: bool


@dataclass(frozen=True)
class SourceRow:
    """A source as `--source` takes it, and its vendor's settings; none for a source that is no vendor."""

    source: str
    settings: tuple[SettingRow, ...]


def sources_of(settings: Settings) -> list[SourceRow]:
    """Every source in alphabetical order.

    Raises:
        InputError: a setting of a vendor is not what it must be.
    """
    _access.check(settings)
    found = _access.vendors()
    return [SourceRow(name, _rows(settings, found, name)) for name in sources.names()]


def _rows(settings: Settings, found: dict[str, Vendor], name: str) -> tuple[SettingRow, ...]:
    return tuple(_row(settings, one) for one in found[name].settings) if name in found else ()


def _row(settings: Settings, one: Setting) -> SettingRow:
    is_set = one.variable.removeprefix("BALLAST_").lower() in settings.vendors
    return SettingRow(one.variable, one.default, one.meaning, is_set)
