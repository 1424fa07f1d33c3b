"""A warehouse file as a DuckDB that does not exist yet would write it."""

import struct
from pathlib import Path


def write_as_newer_duckdb(file: Path) -> None:
    """Change the storage version in the first block, and the checksum that the block begins with."""
    content = bytearray(file.read_bytes())
    content[12:20] = struct.pack("<Q", 999)
    checksum = 5381
    for (word,) in struct.iter_unpack("<Q", content[8:4096]):
        checksum ^= word * 0xBF58476D1CE4E5B9 % 2**64
    content[:8] = struct.pack("<Q", checksum)
    file.write_bytes(content)
