"""What is kept of an object between two minutes, as a plain dictionary of arrays."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.int64]
Arrays = dict[str, npt.NDArray[Any]]
"""Arrays by name: what survives a kill."""


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]


class Saved:
    """A dataclass of arrays and whole numbers that can be saved and restored to the last bit."""

    def save(self: _Dataclass) -> Arrays:
        """A copy of every field by its name; whole numbers become arrays without a dimension."""
        return {field.name: np.array(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def restore(cls, saved: Mapping[str, npt.NDArray[Any]]) -> Self:
        """The object as it was when `save` was called."""
        values = {name: value.copy() if value.ndim else value.item() for name, value in saved.items()}
        return cls(**values)


def filled(values: Floats, value: float = 0.0) -> Floats:
    """The values with another one for NaN."""
    return np.where(np.isnan(values), value, values)
