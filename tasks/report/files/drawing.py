"""Pictures drawn: as PNG for a message, as SVG inside a page. Vega draws them, without a browser."""

import re

from quant.documents import Json
from tasks.report.files.pictures import AXIS, BAND, LEGEND, LOOK, Picture

SCALE = 2
"""Pixels of a PNG for each pixel of a phone."""
_INK = {"labelColor": "currentColor", "titleColor": "currentColor"}
_ON_PAGE: Json = {
    **LOOK,
    "background": None,
    "axis": {
        **AXIS, **_INK, "gridColor": "currentColor", "gridOpacity": 0.15,
        "domainColor": "currentColor", "tickColor": "currentColor",
    },
    "legend": {**LEGEND, **_INK, "columnPadding": 24},
}  # fmt: skip
"""Letters and lines in the colour of the text around them, so that a page may be dark, light or printed."""
_SPOKEN = re.compile(r' (?:(?:role|class|pointer-events|aria-[a-z]+|xmlns(?::xlink)?)="[^"]*"|opacity="1")')
"""What a page says in words of its own, or needs not."""


def png(picture: Picture) -> bytes:
    """A picture as PNG, twice as fine as a phone's pixels. Raises ValueError for a wrong chart."""
    import vl_convert  # noqa: PLC0415 - 30 MB that only who draws needs

    return bytes(vl_convert.vegalite_to_png(dict(picture.chart), scale=SCALE))


def svg(picture: Picture) -> str:
    """A picture as an SVG element without its title, for who sees: the page has title and words beside it.

    It has no script, style, address or id. Raises ValueError for a wrong chart.
    """
    import vl_convert  # noqa: PLC0415

    chart = {name: value for name, value in picture.chart.items() if name != "title"} | {"config": _ON_PAGE}
    drawn = _SPOKEN.sub("", vl_convert.vegalite_to_svg(chart))
    drawn = drawn.replace(f'fill="{BAND}"', 'fill="currentColor" fill-opacity="0.18"')
    return drawn.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
