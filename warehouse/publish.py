"""Copies for readers: whole or not at all."""

import os
import shutil
import uuid
from pathlib import Path

import duckdb

from quant.errors import WarehouseError
from warehouse.connection import Warehouse, connect


def publish(warehouse: Warehouse) -> Path:
    """Copy the warehouse to HOME/published/warehouse.duckdb by an atomic rename; the copy's path."""
    target = warehouse.home / "published" / "warehouse.duckdb"
    target.parent.mkdir(parents=True, exist_ok=True)
    # One name: the lock admits one publisher, and what a killed one left behind is overwritten.
    temporary = target.with_name(f".{target.name}.part")
    with warehouse.locked():
        connection = connect(warehouse.file)
        try:
            connection.execute("checkpoint")
        except duckdb.Error as error:
            raise WarehouseError(
                f"{warehouse.file} cannot be written: {str(error).splitlines()[0]}"
            ) from None
        finally:
            connection.close()
        try:
            shutil.copyfile(warehouse.file, temporary)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    return target


def write_atomically(target: Path, text: str) -> None:
    """Write a text file whole or not at all, durable before it appears."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        with temporary.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
