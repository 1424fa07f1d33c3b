"""What every page has: head, style, the way back. A page loads nothing and runs no script."""

from base64 import b64encode
from hashlib import sha256
from html import escape
from pathlib import Path

STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
_DIGEST = b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src data:; form-action 'none'; base-uri 'none'"
)
"""The content security policy: this style and the pictures in the page, and nothing else."""


def page(title: str, main: str, home: str | None = None) -> str:
    """A whole page; `main` is HTML, `title` a text, `home` the address of the page to go back to."""
    back = f'<nav><a href="{escape(home)}">All portfolios</a></nav>\n' if home else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="referrer" content="no-referrer">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#main">Skip to the content</a>\n{back}'
        f'<main id="main">\n{main}\n</main>\n</body>\n</html>\n'
    )
