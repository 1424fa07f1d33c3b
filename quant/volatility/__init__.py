"""Volatility estimators, one file each, found by name (`quant.plugins.discover`).

An estimator file defines

- `Parameters`: a frozen dataclass whose fields have types and defaults;
- `lookback(parameters) -> int`: the sessions of prices that it needs; it reads no more, even of a longer
  panel;
- `window(parameters) -> int | None`: the returns it averages over, None for all with fading weights;
- `annualised(panel, parameters) -> Floats`: annual volatility as a fraction, shape (symbols,), through the
  panel's last session; NaN where there is too little history.

An estimator that is fitted may define also

- `fitted(panel, parameters)`: of each symbol a dict of what was fitted, by the names of its source;
- `ON_DEMAND`: the `Parameters` of `ballast measure`, where these are not the defaults of a daily run;
- `Fits` (quant/fits.py): then `annualised` takes one as `fits`, makes only what that does not know, and adds
  what it made.

Returns run between consecutive accepted closes; a missing bar, also that of the last session, adds none.
tests/contract/test_measures.py covers every file here.
"""
