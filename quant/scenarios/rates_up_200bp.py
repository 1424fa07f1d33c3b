"""Rates +200 bp: the first half of 2022, when the ten-year Treasury yield rose from 1.52% to 3.49%."""

NAME = "rates +200 bp"
SOURCE = (
    "Total returns from 31 December 2021 to 14 June 2022, while the ten-year Treasury yield rose by 1.97 "
    "points. Equity: SPY. Bonds: AGG. Credit: HYG. Real estate: VNQ. Gold: GLD. Commodities (DBC) and cash "
    "(BIL) gained, which is not counted."
)
MOVES = {
    "equity": -0.210,
    "bonds": -0.125,
    "credit": -0.138,
    "real_estate": -0.243,
    "commodities": 0.0,
    "gold": -0.014,
    "cash": 0.0,
}
