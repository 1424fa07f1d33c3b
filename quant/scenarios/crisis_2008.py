"""The autumn of 2008, from the last close before Lehman Brothers failed to the low of the year."""

NAME = "2008"
SOURCE = (
    "Total returns from 12 September to 20 November 2008. Equity: SPY. Bonds: AGG. Credit: HYG. "
    "Real estate: VNQ. Commodities: DBC. Gold: GLD. Cash (BIL) gained, which is not counted."
)
MOVES = {
    "equity": -0.398,
    "bonds": -0.030,
    "credit": -0.298,
    "real_estate": -0.607,
    "commodities": -0.375,
    "gold": -0.028,
    "cash": 0.0,
}
