"""Discovery: a plug-in is a file in a package, and its name is the file's name."""

import importlib
import pkgutil
from types import ModuleType


def discover(package: ModuleType) -> dict[str, ModuleType]:
    """Import every plug-in file of `package`; modules by file name, in alphabetical order.

    A file whose name starts with an underscore is not a plug-in. An error on import is not swallowed.
    """
    names = sorted(found.name for found in pkgutil.iter_modules(package.__path__))
    return {
        name: importlib.import_module(f"{package.__name__}.{name}")
        for name in names
        if not name.startswith("_")
    }
