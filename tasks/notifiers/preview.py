"""Where a channel is not set up: the exact payload that it would get, as a JSON file under HOME/previews."""

import json
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from config.settings import Settings
from quant.policy.policy import Strict
from tasks.notifiers import Channel, NotSentError, Receipt
from tasks.notifiers.slack import placed, render
from tasks.report.notices import file_name
from warehouse.notices import Notice

__all__ = [
    "DELIVERED", "EDITS", "HISTORY", "LOCAL", "PACE", "THREADS", "Options", "channels", "find", "path",
    "placed", "render", "send",
]  # fmt: skip

DELIVERED: Literal["preview"] = "preview"
HISTORY = True
LOCAL = True
EDITS = True
THREADS = False
PACE = 0.0


class Options(Strict):
    """A channel that is only ever a file."""

    name: Annotated[str, Field(min_length=1, max_length=80)]


def channels(settings: Settings, options: Options) -> list[Channel]:
    """One: Slack's messages as files, under this name."""
    return [Channel("preview", options.name, settings.home)]


def path(home: Path, notice: Notice) -> Path:
    """Where the preview of a notice lies."""
    return home / "previews" / file_name(notice.session, notice.portfolio, notice.kind, notice.key)


def send(channel: Channel, notice: Notice, now: datetime) -> Receipt:  # noqa: ARG001 - a file needs no clock
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
