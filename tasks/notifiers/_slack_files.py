"""Files in Slack: three calls, of which only the last one shows anything to anybody.

An address is asked for, the bytes are sent there, and the upload is completed into a thread. So until the
last call nothing is in doubt; a lost answer to the last one is settled by asking for the file by its id.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import cast
from urllib.parse import urlsplit

import httpx

from quant.documents import Json
from tasks.notifiers import NotSentError, RefusedError

DESCRIBED = 1000
"""Characters of an alternative text at most."""


def wanted(payload: Json) -> Json:
    """The arguments of files.getUploadURLExternal."""
    alt = {"alt_txt": str(payload["alt"])[:DESCRIBED]} if payload["alt"] else {}
    return {"filename": payload["filename"], "length": payload["length"], **alt}


def put(url: str, content: bytes, api: str, timeout: float) -> None:
    """Send the bytes to the address that Slack gave. No token goes there, and no redirect is followed.

    Raises:
        NotSentError: it did not work; nobody has seen anything.
        RefusedError: the address is not one that bytes of a portfolio may be sent to.
    """
    given, own = urlsplit(url), urlsplit(api)
    if given.scheme != "https" and (given.scheme, given.netloc) != (own.scheme, own.netloc):
        raise RefusedError("Slack named an upload address without https: nothing was sent there.")
    try:
        answer = httpx.post(url, content=content, timeout=timeout, follow_redirects=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotSentError(f"the file could not be uploaded ({type(error).__name__})") from None
    if answer.status_code != 200:
        raise NotSentError(f"the file could not be uploaded ({answer.status_code})")


def completed(payload: Json, upload: str, channel_id: str) -> Json:
    """The arguments of files.completeUploadExternal."""
    thread = {"thread_ts": payload["thread_ts"]} if "thread_ts" in payload else {}
    return {"files": [{"id": upload, "title": payload["title"]}], "channel_id": channel_id, **thread}


def is_shared(file: Json, channel_id: str) -> bool:
    """Whether a file, as files.info tells of it, stands in a channel."""
    shares = cast("Mapping[str, Collection[str]]", file.get("shares") or {})
    channels, groups = (cast("Sequence[str]", file.get(name) or []) for name in ("channels", "groups"))
    listed = [*channels, *groups]
    return channel_id in {*listed, *(shares.get("public") or {}), *(shares.get("private") or {})}
