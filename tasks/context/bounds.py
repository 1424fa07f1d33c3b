"""How much of a vendor's answer is believed: its size, the pause that it asks for, and where it leads."""

import re
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

LARGEST = 32 * 2**20
"""Bytes of an answer, unpacked: a century of daily bars has 4 MB, a page of a channel's history 2 MB."""

LONGEST_PAUSE = 86_400.0
"""Seconds. A vendor that asks for more is asked again after a day."""


def retry_after(text: str | None, date: str | None = None) -> float | None:
    """The header Retry-After in seconds, at most `LONGEST_PAUSE`; None where it says nothing.

    It holds seconds or a date (RFC 9110, 10.2.3), read against the answer's own `date`.
    """
    if text and re.fullmatch("[0-9]+", text):
        # Counted first: an integer of thousands of digits is no float.
        return LONGEST_PAUSE if len(text.lstrip("0")) > 5 else min(float(text), LONGEST_PAUSE)
    try:
        wait = (parsedate_to_datetime(text or "") - parsedate_to_datetime(date or "")).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait, 0.0), LONGEST_PAUSE)


def leads_within(address: str, asked: str, domain: str = "") -> bool:
    """Whether a redirect stays with who was asked: the same scheme, host and port, or https in `domain`."""
    try:
        target, source = (
            (parts.scheme, parts.hostname or "", parts.port) for parts in map(urlsplit, (address, asked))
        )
    except ValueError:  # a port that is no number
        return False
    scheme, host, port = target
    within = scheme == "https" and port in {None, 443} and f".{host}".endswith(f".{domain}")
    return target == source or (bool(domain) and within)
