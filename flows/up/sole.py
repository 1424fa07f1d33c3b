"""Being the only `ballast up` that works for a work pool, where others could reach it too.

One HOME's file says who works in it on one machine (`flows.up.instance.alone`). A server that somebody else
runs, or a database of PostgreSQL, is reached by other machines and other HOMEs as well: with the same name
they would take each other's runs. What tells them apart is the worker that gives signs of life there.
"""

import math
from collections.abc import Callable
from datetime import datetime

from flows.up.registry import Worker
from flows.up.server import Server
from quant.errors import InputError

HEARTBEAT = 10
"""Seconds between two signs of life of a worker of ours."""


def claim(server: Server, own: str, tell: Callable[[str], None], sleep: Callable[[float], None]) -> None:
    """Return once no worker but our `own` is alive in our work pool.

    Raises:
        InputError: another one is; it is named.
    """
    others = {one.name: one for one in server.workers() if one.name != own and one.last_heartbeat_time}
    online = [one for one in others.values() if one.status == "ONLINE"]
    if online:
        tell(f"{online[0].name} was at work for {server.pool} a moment ago: looking whether it still is ...")
    for _ in range(math.ceil(max((1.5 * _interval(one) for one in online), default=0.0))):
        sleep(1.0)
        for one in server.workers():
            if one.name in others and _beat(one) > _beat(others[one.name]):
                raise InputError(_taken(server, one.name))
    for one in others.values():
        until = f"{_beat(one):%Y-%m-%d %H:%M} UTC"
        tell(f"{one.name} worked for {server.pool} until {until}: replaced by this one.")


def _taken(server: Server, name: str) -> str:
    if server.name:
        return (
            f"{name} is at work for {server.pool} on {server.api} already: stop it, or give this HOME "
            "another name with BALLAST_PREFECT_NAME."
        )
    return (
        f"{name} is at work on the database of BALLAST_PREFECT_DATABASE already: stop it, or give this HOME "
        "a database of its own."
    )


def _interval(one: Worker) -> int:
    return min(one.heartbeat_interval_seconds or 30, 120)


def _beat(one: Worker) -> datetime:
    assert one.last_heartbeat_time is not None
    return one.last_heartbeat_time
