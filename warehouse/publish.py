"""Copies for readers: whole or not at all."""

import os
import shutil
import tempfile
from pathlib import Path

from warehouse.connection import Warehouse, connect


def publish(warehouse: Warehouse) -> Path:
    """Copy the warehouse to HOME/published/warehouse.duckdb by an atomic rename; the copy's path."""
    target = warehouse.home / "published" / "warehouse.duckdb"
    target.parent.mkdir(parents=True, exist_ok=True)
    with warehouse.locked():
        connection = connect(warehouse.file)
        connection.execute("checkpoint")
        connection.close()
        temporary = _beside(target)
        try:
            shutil.copyfile(warehouse.file, temporary)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    return target


def write_atomically(target: Path, text: str) -> None:
    """Write a text file whole or not at all, durable before it appears."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(target)
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _beside(target: Path) -> Path:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(handle)
    return Path(name)
