"""What the estimators over a window share: its length, and the history that it needs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Parameters:
    """`window`: the number of daily returns, or of complete sessions, at least 2."""

    window: int = 20


def lookback(parameters: Parameters) -> int:
    """Twice the window and one, so that up to `window` missing bars do not cost the estimate."""
    return 2 * parameters.window + 1


def window(parameters: Parameters) -> int | None:
    return parameters.window
