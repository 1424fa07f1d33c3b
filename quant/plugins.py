"""Discovery: a plug-in is a file in a package, and its name is the file's name.

The one loader of every kind, from signals to sources and notifiers.
"""

import importlib
import pkgutil
from collections.abc import Collection
from types import ModuleType


def discover(package: ModuleType) -> dict[str, ModuleType]:
    """Import every plug-in file of `package`; modules by file name, in alphabetical order.

    A file whose name starts with an underscore is not a plug-in, nor is a folder. An error on import is not
    swallowed.
    """
    return {name: load(package, name) for name in names(package)}


def load(package: ModuleType, name: str) -> ModuleType:
    """Import the plug-in of this name; it must be one of `names`."""
    return importlib.import_module(f"{package.__name__}.{name}")


def names(package: ModuleType) -> list[str]:
    """The plug-ins of `package` in alphabetical order, none of them imported."""
    found = (one.name for one in pkgutil.iter_modules(package.__path__) if not one.ispkg)
    return sorted(name for name in found if not name.startswith("_"))


def named(package: ModuleType, known: Collection[str] | None) -> dict[str, ModuleType]:
    """The plug-ins of `package` that are `known`, as an earlier run had them; None: all that there are."""
    return {name: file for name, file in discover(package).items() if known is None or name in known}
