"""The golden payloads are blocks as others know them: a library of blocks, and Slack's own types."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import slackblocks as known

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
TYPES = ("@slack/types@3.2.0", "typescript@5.9.3")
CODE = 'import type {{ KnownBlock }} from "@slack/types";\nexport const all: KnownBlock[][] = {};\n'


def text_of(item):
    kind = known.TextType.MARKDOWN if item["type"] == "mrkdwn" else known.TextType.PLAINTEXT
    return known.Text(
        item["text"], type_=kind, emoji=item.get("emoji", True), verbatim=item.get("verbatim", False)
    )


def rebuilt(block):
    """The block as the library makes it from the same words; it refuses what Slack would."""
    if block["type"] == "header":
        return known.HeaderBlock(text_of(block["text"]))
    if block["type"] == "section":
        return known.SectionBlock(text_of(block["text"]))
    assert block["type"] == "context", "a new kind of block: say here how the library makes it"
    return known.ContextBlock([text_of(item) for item in block["elements"]])


@pytest.mark.parametrize("file", GOLDEN, ids=lambda file: file.stem)
def test_a_library_of_blocks_makes_the_same_from_the_same_words(file):
    for block in json.loads(file.read_text(encoding="utf-8"))["blocks"]:
        made = json.loads(repr(rebuilt(block)))
        del made["block_id"]
        assert bare(made) == bare(block)


def bare(block):
    """A block without what the library does not know, and without what is False."""
    if isinstance(block, list):
        return [bare(one) for one in block]
    if isinstance(block, dict):
        return {name: bare(one) for name, one in block.items() if name != "expand" and one is not False}
    return block


@pytest.mark.long
def test_typescript_takes_them_as_known_blocks(tmp_path):
    if not shutil.which("npm"):
        pytest.skip("no Node on this machine: nothing here knows Slack's own types")
    (tmp_path / "package.json").write_text("{}")
    done = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", *TYPES],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip("npm could not fetch Slack's types: no registry")
    blocks = [json.loads(file.read_text(encoding="utf-8"))["blocks"] for file in GOLDEN]
    assert compiled(tmp_path, blocks) == ""
    assert "TS2322" in compiled(tmp_path, [[{"type": "section", "text": {"type": "hologram", "text": "x"}}]])


def compiled(folder, blocks):
    """What the compiler says of blocks; nothing where they are Slack's."""
    (folder / "blocks.ts").write_text(CODE.format(json.dumps(blocks)), encoding="utf-8")
    command = [
        "npx",
        "tsc",
        "--noEmit",
        "--strict",
        "--skipLibCheck",
        "--moduleResolution",
        "node",
        "blocks.ts",
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout
