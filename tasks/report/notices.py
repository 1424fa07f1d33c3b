"""The notices of a run, as its report has them."""

from typing import cast

from tasks.report.model import NoticeRow, NoticeState
from warehouse import notices
from warehouse.database.database import Database
from warehouse.notices import Entry

REPORTED = {"pending": "queued", "sending": "queued", "refused": "failed"}

IN_THREADS = {"details", "file"}
"""Kinds of what stands in the thread of a digest and belongs to it."""


def of_run(db: Database, run_id: str) -> list[NoticeRow]:
    """The messages of a run, and how far each is; details and files in threads are in `ballast notices`."""
    return [row_of(entry) for entry in notices.of_run(db, run_id) if entry.notice.kind not in IN_THREADS]


def earlier(db: Database, run_id: str) -> dict[str, str]:
    """The notices of a run that had been told for another one, each with that one."""
    found = (entry.notice for entry in notices.of_run(db, run_id))
    return {one.key: one.run_id for one in found if one.run_id not in {None, run_id}}


def row_of(entry: Entry) -> NoticeRow:
    state = cast("NoticeState", REPORTED.get(entry.state, entry.state))
    return NoticeRow(
        channel=entry.notice.channel,
        kind=entry.notice.kind,
        state=state,
        key=entry.notice.key,
        error=entry.error,
        delivery=entry.notice.delivery,
    )


def file_name(session: object, portfolio: str, kind: str, key: str) -> str:
    """What the preview of a notice is called."""
    return f"{session}-{portfolio}-{kind}-{key[:12]}.json"
