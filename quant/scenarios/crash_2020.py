"""The pandemic's first weeks: from the peak of 19 February to the low of 23 March 2020."""

NAME = "2020"
SOURCE = (
    "Total returns from 19 February to 23 March 2020. Equity: SPY. Bonds: AGG. Credit: HYG. "
    "Real estate: VNQ. Commodities: DBC. Gold: GLD. Cash (BIL) gained, which is not counted."
)
MOVES = {
    "equity": -0.337,
    "bonds": -0.013,
    "credit": -0.219,
    "real_estate": -0.415,
    "commodities": -0.257,
    "gold": -0.036,
    "cash": 0.0,
}
