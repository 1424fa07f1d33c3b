"""The unit with which systemd starts `ballast up` when the machine does."""

import sys
from pathlib import Path

UNIT = """\
[Unit]
Description=Ballast: Prefect server, worker and schedule of {home}
Wants=network-online.target
After=network-online.target

[Service]
ExecStart={command} up --home {home} --port {port}
Restart=on-failure
RestartSec=30
KillMode=mixed
TimeoutStopSec=90

[Install]
WantedBy=default.target
"""


def unit(home: Path, port: int) -> str:
    """The text of the unit file, for `ballast` as it is installed here."""
    command = Path(sys.executable).with_name("ballast")
    return UNIT.format(command=_quoted(command), home=_quoted(home), port=port)


def _quoted(path: Path) -> str:
    """A path as systemd reads it: % begins a specifier, $ a variable, a space ends an argument."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'
