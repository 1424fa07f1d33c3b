"""Panels of stored bars: closes and what else was known of some symbols, and a digest of them."""

import hashlib
from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime

import numpy as np

from quant.market.adjust import build
from quant.market.panel import Panel
from warehouse import history
from warehouse.database.database import Database
from warehouse.history import Window


def load_panel(
    db: Database, source: str, symbols: Sequence[str], sessions: Sequence[date], known_at: datetime
) -> Panel:
    """The panel of the symbols on the sessions, from what was known at `known_at`."""
    return panel_of(history.window(db, dict.fromkeys(symbols, source), sessions, known_at))


def panel_of(window: Window) -> Panel:
    """What was known of a window, adjusted for splits and distributions."""
    return build(
        window.sessions,
        window.symbols,
        **window.bars,
        splits=window.splits,
        distributions=window.distributions,
    )


def panel_digest(panel: Panel) -> str:
    """SHA-256 of a panel's every number: two runs with the same digest saw the same market."""
    sha = hashlib.sha256("\n".join(panel.symbols).encode())
    for field in fields(panel):
        value = getattr(panel, field.name)
        if isinstance(value, np.ndarray):
            sha.update(np.ascontiguousarray(value).tobytes())
    return sha.hexdigest()
