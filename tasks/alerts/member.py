"""An alert and one portfolio that it concerns: what rules about telling look at. Pure."""

from dataclasses import dataclass

from warehouse.tables.alerts import AlertPortfolio, AlertState


@dataclass(frozen=True)
class Member:
    """An alert as it stands, and how one portfolio stands to it; both have the same fingerprint."""

    alert: AlertState
    link: AlertPortfolio

    def label(self, name: str) -> str | None:
        """What a rule compares: its portfolio, session or symbol; None where it has none."""
        labels = {
            "portfolio": self.link.portfolio,
            "session": self.alert.session.isoformat(),
            "symbol": self.alert.symbol,
        }
        return labels[name] or None
