"""The rules by which alerts are told now."""

import logging

from config import alerts
from config.alerts import AlertRules
from quant.errors import InputError
from tasks.context.context import Context

log = logging.getLogger(__name__)


def rules(context: Context) -> AlertRules:
    """What HOME/alerts.toml says; where it is not right the defaults, and the log says so.

    No alert waits until somebody has mended a file; `ballast doctor` and `ballast alerts test` refuse it.
    """
    try:
        return alerts.of_home(context.home)
    except InputError as error:
        log.warning("alerts are told by the default rules: %s", error)
        return AlertRules()
