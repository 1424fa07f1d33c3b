"""What Slack refuses in chat.postMessage, by its own error codes. Pure."""

import json
from typing import Any

MAX_BLOCKS = 50
MAX_TEXT = 40_000
MAX_BLOCKS_JSON = 13_000  # not documented; seen as msg_blocks_too_long at about 13,200 characters
KEYS = {
    "section": {"text", "fields", "accessory", "expand"},
    "header": {"text", "level"},
    "context": {"elements"},
    "divider": set(),
    "image": {"image_url", "alt_text", "title", "slack_file"},
    "actions": {"elements"},
}


def refusal(arguments: dict[str, Any]) -> str | None:
    """Slack's error code for a message, or None when it takes it."""
    text, blocks = arguments.get("text"), arguments.get("blocks")
    if not text and not blocks:
        return "no_text"
    if text is not None and (not isinstance(text, str) or len(text) > MAX_TEXT):
        return "msg_too_long"
    return _metadata(arguments.get("metadata")) or (None if blocks is None else _blocks(blocks))


def _metadata(metadata: Any) -> str | None:
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        return "invalid_metadata_format"
    if not isinstance(metadata["event_type"], str) or not metadata["event_type"]:
        return "invalid_metadata_format"
    return None if isinstance(metadata["event_payload"], dict) else "invalid_metadata_schema"


def _blocks(blocks: Any) -> str | None:
    if not isinstance(blocks, list):
        return "invalid_blocks_format"
    if len(blocks) > MAX_BLOCKS or not all(isinstance(block, dict) and _block(block) for block in blocks):
        return "invalid_blocks"
    return "msg_blocks_too_long" if len(json.dumps(blocks)) > MAX_BLOCKS_JSON else None


def _block(block: dict[str, Any]) -> bool:
    kind = block.get("type")
    if kind not in KEYS or not set(block) <= KEYS[kind] | {"type", "block_id"}:
        return False
    if kind == "header":
        return _text(block.get("text"), 150, {"plain_text"})
    if kind == "section":
        return _section(block)
    if kind == "context":
        return _all(block.get("elements"), 3000)
    return kind == "divider" or bool(set(block) - {"type", "block_id"})


def _section(block: dict[str, Any]) -> bool:
    if "text" not in block and "fields" not in block:
        return False
    return ("text" not in block or _text(block["text"], 3000)) and (
        "fields" not in block or _all(block["fields"], 2000)
    )


def _all(items: Any, limit: int) -> bool:
    return isinstance(items, list) and 1 <= len(items) <= 10 and all(_text(item, limit) for item in items)


def _text(
    item: Any, limit: int, kinds: frozenset[str] | set[str] = frozenset({"mrkdwn", "plain_text"})
) -> bool:
    if not isinstance(item, dict) or item.get("type") not in kinds:
        return False
    allowed = {"type", "text", "verbatim" if item["type"] == "mrkdwn" else "emoji"}
    text = item.get("text")
    return set(item) <= allowed and isinstance(text, str) and bool(text.strip()) and len(text) <= limit
