"""Draws docs/img/recommendation.svg: the life of a recommendation.

python docs/ledger_picture.py
"""

from pathlib import Path

TARGET = Path(__file__).parent / "img" / "recommendation.svg"
WIDTH, HEIGHT, WIDE, HIGH = 860, 330, 130, 44
STATES = {
    "proposed": (40, 140, "#d7e6f5"),
    "approved": (360, 140, "#d9efe0"),
    "executed": (690, 140, "#b9e3c6"),
    "rejected": (360, 30, "#f6d5d5"),
    "expired": (360, 250, "#f5e7c8"),
}
MOVES = [  # from, to, what moves it, where the words stand
    ("proposed", "approved", "ballast approve", (265, 155)),
    ("approved", "executed", "ballast fills import", (590, 155)),
    ("proposed", "rejected", "ballast reject", (175, 86)),
    ("approved", "rejected", "ballast reject", (482, 112)),
    ("proposed", "expired", "its time is over", (165, 252)),
    ("approved", "expired", "its time is over", (485, 222)),
]


def main() -> None:
    TARGET.write_text(draw(), encoding="utf-8")


def draw() -> str:
    """Boxes for the states, arrows for what moves a recommendation, and the way past an approval."""
    parts = [_arrow(source, target, words, at) for source, target, words, at in MOVES]
    parts.append(
        '<path d="M105 140V14H755V136" fill="none" stroke="#22303c" marker-end="url(#tip)"/>'
        '<text x="600" y="9">ballast fills import, without an approval</text>'
    )
    for name, (x, y, colour) in STATES.items():
        parts.append(
            f'<rect x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" rx="8" fill="{colour}" stroke="#22303c"/>'
            f'<text x="{x + WIDE / 2}" y="{y + 27}" font-size="15">{name}</text>'
        )
    tip = '<marker id="tip" markerWidth="9" markerHeight="9" refX="8" refY="4" orient="auto">'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -8 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12" fill="#22303c" text-anchor="middle"><rect y="-8" width="{WIDTH}" height="{HEIGHT}" '
        f'fill="#fff"/><defs>{tip}<path d="M0 0L9 4L0 8z"/></marker></defs>{"".join(parts)}</svg>\n'
    )


def _arrow(source: str, target: str, words: str, at: tuple[int, int]) -> str:
    """From the side of a box that looks at the other one."""
    (x1, y1, _), (x2, y2, _) = STATES[source], STATES[target]
    level, under = y1 == y2, x1 == x2
    start = (x1 + WIDE, y1 + HIGH / 2) if level else (x1 + WIDE / 2, y1 + (HIGH if y2 > y1 else 0))
    end = (x2 + WIDE / 2, y2 + (0 if y2 > y1 else HIGH)) if under else (x2, y2 + HIGH / 2)
    return (
        f'<path d="M{start[0]} {start[1]}L{end[0]} {end[1]}" stroke="#22303c" marker-end="url(#tip)"/>'
        f'<text x="{at[0]}" y="{at[1]}">{words}</text>'
    )


if __name__ == "__main__":
    main()
