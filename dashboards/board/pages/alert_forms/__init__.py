"""Forms on alerts beside their own page: several at once, links to crimes, whom to ring."""
