"""A Slack message as an HTML page that looks like Slack's client, for looking at what was sent. Pure.

Only what Ballast sends is drawn, and what is not known is drawn in red: a message must not look better here
than it is. Letters, spaces and widths are Slack's own as far as they can be seen: 15 pixel letters on 22
pixel lines beside a picture of the sender, code in 12 pixels, broken where it is too wide.
"""

import re
from collections.abc import Iterator
from html import escape
from typing import Any

PHONE = (375, 667)
"""A phone's screen in CSS pixels."""
DESKTOP = 800

STYLE = """
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: #1d1c1d;
  font: 15px/22px Lato, Arial, "DejaVu Sans Condensed", "DejaVu Sans", sans-serif; }
main { display: flex; gap: 8px; padding: 8px 16px; }
.who { flex: 0 0 36px; height: 36px; border-radius: 6px; background: #123f5a; color: #fff; font-weight: 700;
  text-align: center; line-height: 36px; }
.body { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.name { font-weight: 900; } .app { background: #e8e8e8; border-radius: 2px; font: 700 10px/14px Arial;
  padding: 1px 3px; color: #616061; } .time { color: #616061; font-size: 12px; }
h1 { font-size: 18px; line-height: 24px; margin: 8px 0 0; font-weight: 900; }
.section, .markdown, .rich_text { margin-top: 8px; white-space: pre-wrap; }
.section b { font-weight: 700; }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 8px; } .section.with { display: flex;
  gap: 16px; }
.section.with > div { flex: 1; }
.context { margin-top: 8px; white-space: pre-wrap; color: #616061; font-size: 13px; line-height: 18px; }
hr { border: 0; border-top: 1px solid #ddd; margin: 12px 0 4px; }
pre { margin: 4px 0; padding: 8px; background: #f8f8f8; border: 1px solid #ddd; border-radius: 4px;
  font: 12px/18px Monaco, "DejaVu Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
code { padding: 2px 3px; background: #f8f8f8; border: 1px solid #ddd; border-radius: 3px; color: #c01343;
  font: 12px Monaco, "DejaVu Sans Mono", monospace; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 8px; }
.button { border: 1px solid #bbb; border-radius: 4px; padding: 0 12px; height: 36px; line-height: 34px;
  font-weight: 700; white-space: nowrap; }
.primary { background: #007a5a; border-color: #007a5a; color: #fff; }
.danger { border-color: #e01e5a; color: #e01e5a; }
.wide { overflow-x: auto; margin-top: 8px; } table { border-collapse: collapse; font-size: 13px; }
td, th { border: 1px solid #ddd; padding: 4px 8px; white-space: nowrap; text-align: left; }
td.wrapped, th.wrapped { white-space: normal; min-width: 80px; } .right { text-align: right; }
.emoji { display: inline-block; width: 15px; height: 15px; border-radius: 8px; vertical-align: -2px; }
caption { text-align: left; font-weight: 700; } .unknown { background: #e01e5a; color: #fff; }
img { max-width: 100%; border: 1px solid #ddd; border-radius: 8px; margin-top: 8px; } a { color: #1264a3; }
"""

EMOJI = {
    "no_entry": "#e01e5a", "warning": "#ecb22e", "white_check_mark": "#2eb67d", "lock": "#616061",
}  # fmt: skip
"""Signs as dots of their colour: a machine without a font of emoji would show empty boxes."""


def page(payload: dict[str, Any]) -> str:
    """A message as its reader sees it. Texts of unknown kind stand there in red."""
    blocks = "".join(_block(block) for block in payload["blocks"])
    who = '<span class="name">Ballast</span> <span class="app">APP</span> <span class="time">18:34</span>'
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><style>{STYLE}</style>'
        f'<main><div class="who">B</div><div class="body">{who}{blocks}</div></main></html>'
    )


def notification(payload: dict[str, Any]) -> str:
    """What a locked phone shows of a message: the first letters of its fallback text."""
    return payload["text"][:120]


def mrkdwn(text: str) -> str:
    """Slack's own markup as HTML; `text` has its &, < and > escaped already, as Slack asks."""
    parts = re.split(r"\n?```(.*?)```\n?", text, flags=re.DOTALL)
    return "".join(f"<pre>{part.strip()}</pre>" if at % 2 else _inline(part) for at, part in enumerate(parts))


def _inline(text: str) -> str:
    text = re.sub(r"<(https?://[^|>]+)\|([^>]*)>", r'<a href="\1">\2</a>', text)
    text = re.sub(r"<[!@#](here|channel|everyone|[A-Z0-9]+)>", r"<a>@\1</a>", text)
    text = re.sub(r"`([^`\n]+)`", r"<code>\1</code>", text)
    text = re.sub(r"(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])", r"<b>\1</b>", text)
    text = re.sub(r"(?<![\w_])_(\S(?:[^_\n]*\S)?)_(?![\w_])", r"<i>\1</i>", text)
    return re.sub(r":([a-z_]+):", lambda found: _emoji(found[1]), text)


def _emoji(name: str) -> str:
    return f'<span class="emoji" style="background:{EMOJI[name]}"></span>' if name in EMOJI else f":{name}:"


def _text(item: dict[str, Any]) -> str:
    return mrkdwn(item["text"]) if item["type"] == "mrkdwn" else escape(item["text"], quote=False)


def _block(block: dict[str, Any]) -> str:
    draw = DRAWN.get(block["type"])
    return draw(block) if draw else f'<div class="unknown">{escape(str(block))}</div>'


def _section(block: dict[str, Any]) -> str:
    text = _text(block["text"]) if "text" in block else ""
    fields = "".join(f"<div>{_text(field)}</div>" for field in block.get("fields", []))
    inner = text + (f'<div class="fields">{fields}</div>' if fields else "")
    if "accessory" in block:
        return f'<div class="section with"><div>{inner}</div>{_element(block["accessory"])}</div>'
    return f'<div class="section">{inner}</div>'


def _element(element: dict[str, Any]) -> str:
    if element["type"] == "image":
        return f'<img width="88" src="{escape(element["image_url"])}" alt="{escape(element["alt_text"])}">'
    if element["type"] == "button":
        return f'<span class="button {element.get("style", "")}">{_text(element["text"])}</span>'
    return _text(element) if "text" in element else f'<span class="unknown">{escape(str(element))}</span>'


def _table(block: dict[str, Any]) -> str:
    settings = block.get("column_settings", [])
    head, *rows = block["rows"]
    caption = f"<caption>{escape(block['caption'])}</caption>" if "caption" in block else ""
    shown = rows[: block.get("page_size", 5)] if block["type"] == "data_table" else rows
    body = "".join(f"<tr>{''.join(_cells(row, settings, 'td'))}</tr>" for row in shown)
    first = "".join(_cells(head, settings, "th"))
    return f'<div class="wide"><table>{caption}<tr>{first}</tr>{body}</table></div>'


def _cells(row: list[dict[str, Any]], settings: list[Any], tag: str) -> Iterator[str]:
    for at, cell in enumerate(row):
        how = (settings[at] or {}) if at < len(settings) else {}
        names = " ".join(
            name for name, on in (("wrapped", how.get("is_wrapped")), (how.get("align", ""), True)) if on
        )
        text = (
            _rich(cell) if cell["type"] == "rich_text" else escape(str(cell.get("text", cell.get("value"))))
        )
        yield f'<{tag} class="{names}">{text}</{tag}>'


def _rich(block: dict[str, Any]) -> str:
    return "".join(map(_rich_element, block["elements"]))


def _rich_element(element: dict[str, Any]) -> str:
    kind = element["type"]
    if kind == "text":
        text, style = escape(element["text"], quote=False), element.get("style", {})
        for name, tag in (("bold", "b"), ("italic", "i"), ("strike", "s"), ("code", "code")):
            text = f"<{tag}>{text}</{tag}>" if style.get(name) else text
        return text
    if kind == "emoji":
        return _emoji(element["name"])
    if kind == "link":
        return f'<a href="{escape(element["url"])}">{escape(element.get("text", element["url"]))}</a>'
    inner = "".join(map(_rich_element, element.get("elements", [])))
    tag = {"rich_text_preformatted": "pre", "rich_text_list": "ul", "rich_text_quote": "blockquote"}.get(
        kind, "div"
    )
    return f"<{tag}>{inner}</{tag}>"


def _image(block: dict[str, Any]) -> str:
    source = block.get("image_url", "")
    return f'<div><img src="{escape(source)}" alt="{escape(block["alt_text"])}"></div>'


DRAWN = {
    "header": lambda block: f"<h1>{_text(block['text'])}</h1>",
    "section": _section,
    "context": lambda block: f'<div class="context">{"".join(map(_element, block["elements"]))}</div>',
    "divider": lambda _: "<hr>",
    "actions": lambda block: f'<div class="actions">{"".join(map(_element, block["elements"]))}</div>',
    "table": _table,
    "data_table": _table,
    "markdown": lambda block: f'<div class="markdown">{escape(block["text"], quote=False)}</div>',
    "image": _image,
    "rich_text": lambda block: f'<div class="rich_text">{_rich(block)}</div>',
}
