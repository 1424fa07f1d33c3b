select symbol, asymmetry, returns, observations, converged, estimates, variance, residual from fits
where made_with = $made_with and list_contains($symbols, symbol);
