"""Without a Slack token: the exact payload that Slack would get, as a JSON file under HOME/previews."""

import json
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Literal

from tasks.notifiers import Channel, NotSentError, Receipt
from tasks.notifiers.slack import render
from tasks.report.notices import file_name
from warehouse.notices import Notice

__all__ = ["DELIVERED", "LOCAL", "find", "path", "render", "send"]

DELIVERED: Literal["preview"] = "preview"
LOCAL = True


def path(home: Path, notice: Notice) -> Path:
    """Where the preview of a notice lies."""
    return home / "previews" / file_name(notice.session, notice.portfolio, notice.kind, notice.key)


def send(channel: Channel, notice: Notice) -> Receipt:
    """Write the file whole or not at all."""
    target = path(channel.home, notice)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=target.parent, suffix=".part", delete=False, encoding="utf-8"
        ) as part:
            json.dump(notice.payload, part, indent=2, ensure_ascii=False)
            part.flush()
            os.fsync(part.fileno())
        Path(part.name).replace(target)
    except OSError as error:
        raise NotSentError(f"{target} cannot be written: {error.strerror}. Make room there.") from None
    return Receipt(message_ts=target.name)


def find(channel: Channel, notice: Notice, since: datetime, known_id: str | None) -> Receipt | None:  # noqa: ARG001 - the notifiers' contract; a file needs neither
    """The file, if an attempt that was cut off had already put it in place."""
    target = path(channel.home, notice)
    return Receipt(message_ts=target.name) if target.exists() else None
