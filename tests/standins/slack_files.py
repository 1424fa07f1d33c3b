"""Slack's three calls for a file, as the stand-in answers them: nothing is seen before the last one."""

from typing import Any

CHANNEL_IDS = ("C0000CORE01", "C0000DEMO01")


class FileMethods:
    """A part of the stand-in's handler, which has `state` and `headers`."""

    state: Any
    headers: Any

    def _files_getUploadURLExternal(self, arguments: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's own name
        if not arguments.get("filename") or not int(arguments.get("length") or 0):
            return {"ok": False, "error": "invalid_arguments"}
        with self.state.open() as db:
            number = db.execute("select count(*) from files").fetchone()[0] + 1
            name = f"F{number:09}"
            db.execute(
                "insert into files values (?, ?, ?, null, null)",
                (name, arguments["filename"], int(arguments["length"])),
            )
        url = f"http://{self.headers['Host']}/upload/{name}"
        return {"ok": True, "upload_url": url, "file_id": name}

    def _taken(self, name: str, content: bytes) -> int:
        """The status of an upload: 200 where it was asked for with this length."""
        kind, _ = self.state.next_fault("upload")
        if kind:
            return 500
        with self.state.open() as db:
            done = db.execute(
                "update files set content = ? where id = ? and length = ?", (content, name, len(content))
            )
            return 200 if done.rowcount else 400

    def _files_completeUploadExternal(self, arguments: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - Slack's own name
        channel, [file] = arguments.get("channel_id"), arguments["files"]
        if channel not in CHANNEL_IDS:
            return {"ok": False, "error": "channel_not_found"}
        with self.state.open() as db:
            done = db.execute(
                "update files set shared = ? where id = ? and content is not null and shared is null",
                (channel, file["id"]),
            )
        if not done.rowcount:
            return {"ok": False, "error": "file_not_found"}
        thread = {"thread_ts": arguments["thread_ts"]} if arguments.get("thread_ts") else {}
        self.state.add(channel, {"text": "", "channel": channel, "files": [file], **thread})
        return {"ok": True, "files": [{"id": file["id"], "title": file.get("title")}]}

    def _files_info(self, arguments: dict[str, Any]) -> dict[str, Any]:
        with self.state.open() as db:
            found = db.execute(
                "select shared from files where id = ? and shared is not null", (arguments.get("file"),)
            ).fetchone()
        if found is None:
            return {"ok": False, "error": "file_not_found"}
        shares = {"public": {found[0]: [{"ts": "1.000001"}]}}
        return {"ok": True, "file": {"id": arguments["file"], "shares": shares, "channels": [found[0]]}}
