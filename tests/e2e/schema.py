"""The published JSON schemas of what `--json` prints, and what they can't say."""

import json
import re
from typing import Any

from jsonschema import Draft202012Validator
from pydantic import BaseModel

from tasks.report.model import Mistake, Report, Runs
from tasks.whatif.model import WhatIf
from tests.e2e.cli import ROOT

DIALECT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")


PUBLISHED = {
    ROOT / "docs" / "report.schema.json": Report,
    ROOT / "docs" / "runs.schema.json": Runs,
    ROOT / "docs" / "error.schema.json": Mistake,
    ROOT / "docs" / "whatif.schema.json": WhatIf,
}


def generate(model: type[BaseModel]) -> str:
    """The text of a model's published schema."""
    schema = DIALECT | model.model_json_schema(by_alias=True, mode="serialization")
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def check(answer: dict[str, Any]) -> None:
    """A report, or several, as the published schema has it; instants in UTC."""
    name = "runs" if "runs" in answer else "report"
    published = (ROOT / "docs" / f"{name}.schema.json").read_text(encoding="utf-8")
    Draft202012Validator(json.loads(published)).validate(answer)
    for report in answer.get("runs", [answer]):
        known_at = [report["known_at"]] if report["known_at"] else []
        for instant in [*known_at, *(trade["expires"] for trade in report["trades"])]:
            assert INSTANT.fullmatch(instant), instant
