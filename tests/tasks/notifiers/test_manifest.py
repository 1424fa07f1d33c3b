"""The app's manifest: what Slack's published schema (version 1) allows of it, and no scope without a use."""

import json
import re

from tests.e2e.cli import ROOT

MANIFEST = json.loads((ROOT / "docs" / "slack-manifest.json").read_text())
KNOWN = {
    "": {"_metadata", "display_information", "features", "oauth_config", "settings"},
    "_metadata": {"major_version", "minor_version"},
    "display_information": {"name", "description", "background_color", "long_description"},
    "features": {"bot_user", "slash_commands"},
    "oauth_config": {"scopes"},
    "settings": {"interactivity", "org_deploy_enabled", "socket_mode_enabled", "token_rotation_enabled"},
}
SCOPES = {
    "chat_postMessage": {"chat:write"},
    "chat_update": {"chat:write"},
    "chat_postEphemeral": {"chat:write"},
    "conversations_history": {"channels:history", "groups:history"},
    "conversations_replies": {"channels:history", "groups:history"},
    "conversations_list": {"channels:read", "groups:read"},
    "files_info": {"files:read"},
    "files_getUploadURLExternal": {"files:write"},
    "files_completeUploadExternal": {"files:write"},
    "auth_test": set(),
    "views_open": set(),  # a click's own trigger is enough
}
"""What each method that is called needs (docs.slack.dev/reference/methods)."""
CALL = re.compile(r"client(?:\(\w+\))?\.((?:chat|conversations|files|auth|views|users|reactions)_\w+)")


def test_the_manifest_is_what_slack_takes():
    for table, keys in KNOWN.items():
        assert set(MANIFEST[table] if table else MANIFEST) <= keys
    about, [command] = MANIFEST["display_information"], MANIFEST["features"]["slash_commands"]
    assert 1 <= len(about["name"]) <= 35
    assert 1 <= len(about["description"]) <= 140
    assert re.fullmatch(r"#[0-9a-fA-F]{6}", about["background_color"])
    assert set(command) <= {"command", "description", "usage_hint", "should_escape", "url"}
    assert re.fullmatch(r"/[a-z]{1,31}", command["command"])
    assert MANIFEST["settings"]["socket_mode_enabled"] is True
    assert MANIFEST["settings"]["interactivity"] == {"is_enabled": True}  # no address: all through the socket


def test_it_asks_for_the_scopes_of_what_is_called_and_for_no_other():
    called = {
        method
        for folder in ("notifiers", "listen", "outbox")
        for file in sorted((ROOT / "tasks" / folder).glob("*.py"))
        for method in CALL.findall(file.read_text())
    }
    assert called - set(SCOPES) == set()
    needed = {"commands"} | {scope for method in called for scope in SCOPES[method]}
    assert MANIFEST["oauth_config"]["scopes"]["bot"] == sorted(needed)
