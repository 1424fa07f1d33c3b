"""The holdings files of portfolios, and the journal of what was booked into them."""
