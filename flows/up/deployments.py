"""The deployments that are registered: prefect.yaml, by other names on somebody else's server."""

from pathlib import Path

import yaml

from flows.up.instance import ROOT, Site

PREFECT_FILE = ROOT / "prefect.yaml"


def file(site: Site) -> Path:
    """prefect.yaml itself; on somebody else's server a copy in HOME by the names of this HOME."""
    if site.elsewhere is None:
        return PREFECT_FILE
    made = site.prefect / "prefect.yaml"
    part = made.with_suffix(".part")
    text = named(PREFECT_FILE.read_text(encoding="utf-8"), site.elsewhere.name, site.server.pool)
    part.write_text(text, encoding="utf-8")
    part.replace(made)
    return made


def named(text: str, name: str, pool: str) -> str:
    """The same deployments in another work pool, each with `name` at its end and as its tag; YAML to YAML."""
    document = yaml.safe_load(text)
    document.pop("definitions", None)
    for one in document["deployments"]:
        one["name"] = f"{one['name']}-{name}"
        one["tags"] = [*one.get("tags", []), "ballast", name]
        one["work_pool"] = {**one["work_pool"], "name": pool}
    return str(yaml.safe_dump(document, sort_keys=False))
