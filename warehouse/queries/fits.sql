-- The fits of some symbols that were made with exactly this.
select symbol, asymmetry, returns, made_with, observations, converged, estimates, variance, residual, made_at from fits
where made_with = $made_with and list_contains($symbols, symbol);
