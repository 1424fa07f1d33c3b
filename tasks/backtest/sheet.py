"""The tearsheet of a backtest: one HTML file that holds all it needs, pictures that answer to a pointer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.io import to_html

from quant.errors import InputError
from quant.performance.measures import drawdowns
from tasks.backtest.document import NAMES, document
from tasks.backtest.model import Backtest, Name, Tried
from tasks.report.formats import alone
from warehouse.database.files import write_atomically

COLOURS: dict[Name, str] = {
    "policy": "#0b5fa5", "buy_and_hold": "#c2571a", "benchmark": "#6b7280", "benchmark_policy": "#9b7ec8",
}  # fmt: skip
WIDTH, HEIGHT = 1080, 380


def write(found: Backtest, out: Path) -> Path:
    """Write the tearsheet; a file that exists is replaced by a whole one.

    Raises:
        InputError: it cannot be written there.
    """
    try:
        write_atomically(out, html(found))
    except OSError as error:
        raise InputError(
            f"{out} cannot be written ({error.strerror or error}): name a file in a folder that you may "
            "write to, with --html."
        ) from None
    return out


def html(found: Backtest) -> str:
    """The page. It loads nothing from anywhere: plotly's own script is in it."""
    figures = [_equity(found), _falls(found), *([_swept(found)] if found.sweep else [])]
    drawn = [
        to_html(one, full_html=False, include_plotlyjs=place == 0, config={"displaylogo": False})
        for place, one in enumerate(figures)
    ]
    return alone.page(document(found), "".join(drawn))


def _equity(found: Backtest) -> go.Figure:
    """The value of each series, on a logarithmic axis: equal heights are equal returns."""
    figure = _figure(f"Value, {found.currency}")
    for one in found.series:
        figure.add_scatter(x=found.sessions, y=one.values, name=NAMES[one.name], line=_line(one.name))
    done = _days(found)
    values = dict(zip(found.sessions, found.series[0].values, strict=True))
    figure.add_scatter(
        x=done, y=[values[day] for day in done], name="rebalanced", mode="markers",
        marker={"size": 6, "color": COLOURS["policy"]},
    )  # fmt: skip
    figure.update_yaxes(type="log")
    return figure


def _days(found: Backtest) -> list[Any]:
    return sorted({order.session for order in found.orders})


def _falls(found: Backtest) -> go.Figure:
    figure = _figure("Below the highest value so far")
    for one in found.series:
        figure.add_scatter(
            x=found.sessions, y=drawdowns(np.array(one.values)), name=NAMES[one.name], line=_line(one.name)
        )
    figure.update_yaxes(tickformat=".0%")
    return figure


def _swept(found: Backtest) -> go.Figure:
    """The Sharpe ratio by setting: a line of one setting, a surface of two."""
    keys = [*found.sweep[0].setting]
    good = [one for one in found.sweep if one.error is None]
    if len(keys) == 1:
        figure = _figure(f"Sharpe ratio by {keys[0]}, {len(found.sweep)} tried")
        figure.add_scatter(x=_values(good, keys[0]), y=[one.sharpe for one in good], mode="lines+markers")
        return figure
    figure = _figure(f"Sharpe ratio by {keys[0]} and {keys[1]}, {len(found.sweep)} tried")
    x, y = (sorted({*_values(found.sweep, key)}) for key in keys)
    known = {tuple(one.setting.values()): one.sharpe for one in good}
    figure.add_surface(x=x, y=y, z=[[known.get((a, b)) for a in x] for b in y], colorscale="Viridis")
    axes = zip(("xaxis", "yaxis", "zaxis"), ({"title": name} for name in (*keys, "Sharpe")), strict=True)
    figure.update_layout(height=2 * HEIGHT, scene=dict(axes))
    return figure


def _values(tried: Sequence[Tried], key: str) -> list[float]:
    return [one.setting[key] for one in tried]


def _figure(title: str) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(
        title=title, width=WIDTH, height=HEIGHT, template="plotly_white", hovermode="x unified",
        margin={"l": 60, "r": 20, "t": 50, "b": 40}, legend={"orientation": "h", "y": -0.12},
    )  # fmt: skip
    return figure


def _line(name: Name) -> dict[str, object]:
    return {"color": COLOURS[name], "width": 2 if name == "policy" else 1.2}
