"""DuckDB and pyarrow import pandas, where it is installed, to see whether a value is one of its.

That takes a quarter of a second, and no value of most commands is. So code of ours that names no pandas gets
none; once pandas is imported by anybody, nothing changes.
"""

import inspect
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, FrameType

_ROOT = Path(__file__).parents[1]
_OURS = tuple(
    f"{_ROOT / name}/" for name in ("config", "expectations", "flows", "quant", "tasks", "warehouse")
)


class _Refusal(MetaPathFinder):
    """Finds nothing; refuses pandas to a library in C that code of ours has called."""

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        if fullname == "pandas" and _unasked(_asking(inspect.currentframe())):
            raise ModuleNotFoundError(f"{fullname} is not needed here", name=fullname)
        return None


def _asking(frame: FrameType | None) -> CodeType | None:
    """The Python code behind an import."""
    while frame is not None and frame.f_code.co_filename.startswith(("<frozen importlib", __file__)):
        frame = frame.f_back
    return frame.f_code if frame is not None else None


def _unasked(code: CodeType | None) -> bool:
    """Whether the import is nowhere in the code that runs, which is ours."""
    return code is not None and code.co_filename.startswith(_OURS) and "pandas" not in code.co_names


def refuse() -> None:
    """From now on pandas is imported only by who names it."""
    if not any(isinstance(one, _Refusal) for one in sys.meta_path):
        sys.meta_path.insert(0, _Refusal())
