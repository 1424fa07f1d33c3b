"""Black Monday: 19 October 1987."""

NAME = "1987"
SOURCE = (
    "19 October 1987. Equity: S&P 500, 282.70 to 224.84. Commodities: WTI crude, 20.23 to 19.79 dollars. "
    "Real estate: taken as equity, which listed property is. Bonds: Treasuries gained (ten years: 10.23% to "
    "10.15%), which is not counted."
)
MOVES = {"equity": -0.2047, "real_estate": -0.2047, "bonds": 0.0, "commodities": -0.0217, "cash": 0.0}
