"""What every page has: head, style, the way back. A page loads nothing and runs no script."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from pathlib import Path

STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
_DIGEST = b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src data:; form-action 'self'; base-uri 'none'"
)
"""The content security policy: this style, the pictures in the page and a form to where it came from."""


def page(title: str, main: str, links: Sequence[tuple[str, str]] = ()) -> str:
    """A whole page; `main` is HTML, `title` a text, `links` are addresses and texts of where else to go."""
    way = " ".join(f'<a href="{escape(to)}">{escape(text)}</a>' for to, text in links)
    back = f'<nav aria-label="Pages">{way}</nav>\n' if links else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="referrer" content="no-referrer">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#main">Skip to the content</a>\n{back}'
        f'<main id="main">\n{main}\n</main>\n</body>\n</html>\n'
    )
