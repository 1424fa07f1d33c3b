"""A page that stands alone: one HTML file with its style, which loads nothing from anywhere."""

from html import escape

from tasks.report.document import Document
from tasks.report.formats import html

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1080px; padding: 0 1rem;
       color: #1f2933; }
h1 { font-size: 1.4rem; margin: .2rem 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p { margin: .3rem 0; } .subject, .soft, .muted, .notes { color: #52606d; } .bad { color: #a61b1b; }
.warning { color: #8d5b00; } .good { color: #0b6b3a; } .unseen { position: absolute; left: -999em; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { padding: .2rem .8rem .2rem 0; text-align: left; font-weight: normal;
         border-bottom: 1px solid #e5e7eb; vertical-align: top; }
thead th { font-weight: 600; } .number { text-align: right; } .wide { overflow-x: auto; }
dl div { display: flex; } dt { width: 13rem; flex: none; color: #52606d; } dd { margin: 0; }
ul { padding-left: 1.2rem; }
"""


def page(document: Document, figures: str = "") -> str:
    """The whole document; `figures`, HTML that is put in as it is, stands below its first line."""
    verdict = document.verdict
    title = escape(str(verdict))
    parts = "\n".join(html.part(one) for one in (*document.parts, document.where))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        f"<style>{STYLE}</style></head>\n<body>"
        f'<p class="subject">{escape(verdict.subject)}</p>\n'
        f'<h1 class="{verdict.tone}">{escape(verdict.decision)}</h1>\n{figures}\n{parts}\n</body></html>\n'
    )
