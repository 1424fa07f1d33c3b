"""Slack's Block Kit, purely: a report in, blocks and a fallback text out, within every limit of Slack."""

from typing import Any

from tasks.notifiers.blockkit.alert import alert
from tasks.notifiers.blockkit.digest import digest
from tasks.report.model import Report

Blocks = list[dict[str, Any]]


def render(report: Report, kind: str, mention: str) -> tuple[str, Blocks]:
    """The fallback text and the blocks of a message of this kind ("digest" or "alert")."""
    return {"digest": lambda: digest(report), "alert": lambda: alert(report, mention)}[kind]()
