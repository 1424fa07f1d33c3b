"""HOME/alerts.toml: how people are told of alerts."""

import json
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from config.refusal import refuse
from config.toml_text import read_toml
from quant.policy.policy import Strict

FILE = "alerts.toml"
Minutes = Annotated[float, Field(ge=0, le=1440)]


class Escalation(Strict):
    """Minutes after which a critical alert that nobody has acknowledged calls others; 0: never."""

    deputy_minutes: Minutes = 5.0
    risk_minutes: Minutes = 15.0

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if 0 < self.risk_minutes < self.deputy_minutes:
            raise ValueError("risk_minutes must not be less than deputy_minutes, or 0 for never")
        return self


class AlertRules(Strict):
    """The file as a whole; what it leaves out has its default."""

    escalation: Escalation = Escalation()


def of_home(home: Path) -> AlertRules:
    """What HOME/alerts.toml says; the defaults where there is no such file.

    Raises:
        InputError: it is not right.
    """
    path = home / FILE
    if not path.exists():
        return AlertRules()
    try:
        return AlertRules.model_validate_json(json.dumps(read_toml(path), default=str), strict=True)
    except ValidationError as error:
        refuse(path, error, lambda at: [*(Escalation if at else AlertRules).model_fields])
