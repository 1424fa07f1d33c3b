"""Draws docs/img/digest.png: the demo's digest as a terminal shows it, by a real browser.

python docs/digest_picture.py
"""

import subprocess
import tempfile
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from config import settings
from flows.commands import calls
from flows.terminal import digest

TARGET = Path(__file__).parent / "img" / "digest.png"
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 20px; background: {background}; color: {foreground}; }}
pre {{ font: 14px/1.3 "DejaVu Sans Mono", monospace; }}
{stylesheet}
</style><pre><code style="font-family:inherit">{code}</code></pre>"""
CHROMIUM = (
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        context = calls.demo_context(settings.load(Path(folder)))
        report = calls.run(context, calls.demo(), watch=False)
        console = Console(record=True, width=128, file=(Path(folder) / "out").open("w"), highlight=False)
        console.print("[bold]$ make demo[/]")
        console.print(digest.render(report, context.home))
        photograph(console, TARGET, width=1130, hidden=folder)


def photograph(console: Console, target: Path, *, width: int, hidden: str) -> None:
    """What was printed, as a picture `width` pixels wide; the path `hidden` is shown as ~."""
    height = 70 + round(18.2 * console.export_text(clear=False).count("\n"))
    html = console.export_html(theme=MONOKAI, code_format=PAGE).replace(hidden, "~")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(html, encoding="utf-8")
        size = f"--window-size={width},{height}"
        subprocess.run([*CHROMIUM, f"--screenshot={target}", size, page.as_uri()], check=True)


if __name__ == "__main__":
    main()
