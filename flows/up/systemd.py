"""The unit with which systemd starts `ballast up` when the machine does."""

import sys
from pathlib import Path

UNIT = """\
[Unit]
Description=Ballast: Prefect server, worker and schedule of {home}
Wants=network-online.target
After=network-online.target

[Service]
ExecStart={command} up --home {home}{more}
Restart=on-failure
RestartSec=30
KillMode=mixed
TimeoutStopSec=90

[Install]
WantedBy=default.target
"""


def unit(home: Path, port: int | None, server: str = "") -> str:
    """The text of the unit file, for `ballast` as it is installed here.

    The log-in of a `server` of somebody else is read from HOME/.env.
    """
    command = Path(sys.executable).with_name("ballast")
    more = f" --server {_quoted(server)}" if server else ""
    more += "" if port is None else f" --port {port}"
    return UNIT.format(command=_quoted(command), home=_quoted(home), more=more)


def _quoted(path: Path | str) -> str:
    """A path as systemd reads it: % begins a specifier, $ a variable, a space ends an argument."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'
