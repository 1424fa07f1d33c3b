"""A file that goes with a message."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Attachment:
    """A file by its name, with a title for who reads and `alt`, what a picture shows, for who cannot see."""

    name: str
    title: str
    alt: str
    content: bytes
