"""A new zip file that proves itself: its last file has the SHA-256 of every other one."""

import json
import os
import uuid
import zipfile
from collections.abc import Iterable
from hashlib import file_digest, sha256
from pathlib import Path
from typing import IO

from quant.documents import Json
from quant.errors import InputError

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip file can tell."""

File = tuple[str, bytes]
"""A name in the archive, and what the file holds."""


def write(out: Path, files: Iterable[File], manifest: Json) -> tuple[int, str]:
    """Write `files` and `manifest.json`, whole or not at all; how many files, and the SHA-256 of the whole.

    The same files in the same order give the same bytes. A file that exists is never written over.

    Raises:
        InputError: `out` cannot be written, or exists by now.
    """
    part = out.with_name(f".{out.name}.{uuid.uuid4().hex}")
    try:
        with part.open("x+b") as file:
            count = _zip(file, files, manifest)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            digest = file_digest(file, "sha256").hexdigest()
        os.link(part, out)  # unlike a rename, it fails where there is a file by now
    except OSError as error:
        raise InputError(f"{out} cannot be written ({error.strerror}). Name another file.") from None
    finally:
        part.unlink(missing_ok=True)
    return count, digest


def _zip(file: IO[bytes], files: Iterable[File], manifest: Json) -> int:
    digests: dict[str, str] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            digests[name] = sha256(content).hexdigest()
            archive.writestr(_info(name), content)
        last = json.dumps({**manifest, "files": digests}, indent=1, sort_keys=True) + "\n"
        archive.writestr(_info("manifest.json"), last)
    return len(digests) + 1


def _info(name: str) -> zipfile.ZipInfo:
    """A file's entry, with neither a time nor a system that would tell where it was made."""
    info = zipfile.ZipInfo(name, EPOCH)
    info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
    return info
