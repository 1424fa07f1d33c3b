"""The form of a deployment in Prefect's pages: it offers the portfolios and sources that exist."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from config import portfolio_file as portfolios
from quant import plugins
from quant.documents import Json
from tasks import sources


@dataclass(frozen=True)
class Choice:
    """What a parameter may be: one of `names`, or a text that is called `free`."""

    names: tuple[str, ...]
    free: str


def choices(home: Path) -> dict[str, Choice]:
    """The choices by the names of the parameters."""
    found = plugins.discover(sources)
    located = [name for name, source in found.items() if cast("sources.Source", source).LOCATED]
    return {
        "portfolio": Choice(("all", *portfolios.names(home)), "file"),
        "source": Choice(
            tuple(name for name in found if name not in located),
            ", ".join(f"{name}:PATH" for name in located),
        ),
    }


def offering(schema: Json, found: Mapping[str, Choice]) -> Json:
    """A deployment's schema whose parameters offer these choices; a parameter may still be left empty."""
    parameters = cast("Mapping[str, Json]", schema["properties"])
    properties = {
        name: _offering(own, found[name]) if name in found else own for name, own in parameters.items()
    }
    return {**schema, "properties": properties}


def _offering(own: Mapping[str, Any], choice: Choice) -> dict[str, Any]:
    kinds = own.get("anyOf", [{"type": own.get("type")}])
    empty = [kind for kind in kinds if kind.get("type") == "null"]
    named = {"type": "string", "title": "known", "enum": [*choice.names]}
    rest = {name: value for name, value in own.items() if name not in {"type", "anyOf"}}
    return {**rest, "anyOf": [named, {"type": "string", "title": choice.free}, *empty]}
