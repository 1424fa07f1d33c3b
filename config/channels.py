"""What a portfolio file says of its channels."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from quant.policy.policy import Strict


class SlackChannel(Strict):
    """A Slack channel: where messages go, and whom a critical alert calls."""

    channel: Annotated[str, Field(min_length=1, max_length=80)]
    mention: str = ""


class ChannelTable(BaseModel):
    """A [[channel]] table as it stands in the file: who delivers, and that notifier's own keys.

    The notifier itself says which keys there are (`tasks.notifiers.check`); this version may not know it.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="allow")

    notifier: str

    @property
    def keys(self) -> dict[str, Any]:
        """Every key but `notifier`, as JSON has it."""
        return dict(self.model_extra or {})
