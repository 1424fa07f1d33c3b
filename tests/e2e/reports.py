"""When two run reports are the same."""

import json
from typing import Any


def comparable(report: dict[str, Any]) -> dict[str, Any]:
    """A report without what differs from run to run: ids, times, new rows, notice states; under one name."""
    text = json.dumps(report).replace(report["run_id"], "RUN").replace(report["portfolio"], "NAME")
    bare = json.loads(text)
    bare.pop("known_at")
    bare["data"].pop("rows_new")
    bare["notices"] = [(notice["channel"], notice["kind"]) for notice in bare["notices"]]
    return bare
