"""Distribution functions against scipy and mpmath, and what is built on them."""
