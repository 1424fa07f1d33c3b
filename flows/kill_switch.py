"""The kill switch that is pulled in Prefect's pages."""

import re

from prefect.variables import Variable

KILL_SWITCH = "ballast_kill_switch"
OFF = {"", "0", "off", "false", "no", "none"}


def kill_switch(portfolio: str) -> str | None:
    """Why everything must be HELD, from the Prefect variable for all or for the portfolio; None when off."""
    for name in (KILL_SWITCH, f"{KILL_SWITCH}_{re.sub('[^a-z0-9]', '_', portfolio.lower())}"):
        value = str(Variable.get(name, default="") or "").strip()
        if value.lower() not in OFF:
            return f"Prefect variable {name}: {value}"
    return None
