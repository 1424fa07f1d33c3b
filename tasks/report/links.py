"""Addresses that a reader on another machine can open."""

from urllib.parse import urlsplit, urlunsplit


def public(url: str | None, base: str) -> str | None:
    """A page of this machine's Prefect server as it is reached from outside, below `base`.

    None without a page, and where nobody has said what the server is called outside: an address of this
    machine would be a dead link to everybody else.
    """
    if not url or not base:
        return None
    own, outside = urlsplit(url), urlsplit(base)
    path = outside.path.rstrip("/") + own.path
    return urlunsplit((outside.scheme, outside.netloc, path, own.query, own.fragment))
