"""Pages for a browser, below HOME/site: one for each run, and a home page over all portfolios."""
