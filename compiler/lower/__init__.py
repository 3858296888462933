"""From the syntax tree to the typed model, a kind of statement or expression a file."""
